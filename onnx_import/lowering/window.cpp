#include "onnx_import/lowering/window.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "models/base/error.h"
#include "models/base/units.h"
#include "onnx_import/operator_graph/limits.h"

namespace mensa::onnx_import {
namespace {

/// An attribute with `count` values in [low, 2^31]; all `fallback` where it is missing.
Attributes::Integers bounded(const Attributes& attributes, std::string_view name, std::size_t count,
                             std::int64_t low, std::int64_t fallback) {
  auto values = attributes.integers_or(name, Attributes::Integers(count, fallback));
  if (values.size() != count) {
    throw base::Error(fmt::format("{} has {} values; {} are needed", name, values.size(), count));
  }
  for (const std::int64_t value : values) {
    if (value < low || value > kLongestWindow) {
      throw base::Error(fmt::format("{} is {}; each must be at least {} and at most 2^31", name,
                                    fmt::join(values, "x"), low));
    }
  }
  return values;
}

std::string read_auto_pad(const Attributes& attributes) {
  std::string auto_pad = attributes.string_or("auto_pad", "NOTSET");
  if (auto_pad.empty()) return "NOTSET";
  if (auto_pad != "SAME_UPPER" && auto_pad != "SAME_LOWER" && auto_pad != "VALID" &&
      auto_pad != "NOTSET") {
    throw base::Error(fmt::format(
        "auto_pad is '{}'; it must be NOTSET, VALID, SAME_UPPER or SAME_LOWER", auto_pad));
  }
  return auto_pad;
}

/// Input positions from the first to the last that one kernel position row spans.
std::int64_t span(const WindowAxis& axis) { return axis.dilation * (axis.kernel - 1) + 1; }

/// auto_pad SAME: as many outputs as a stride over the unpadded input has, the padding shared out;
/// the odd one at the end (upper) or the beginning (lower).
void pad_same(WindowAxis& axis, bool upper) {
  axis.output = base::ceil_div(axis.input, axis.stride);
  const std::int64_t total =
      std::max<std::int64_t>(0, (axis.output - 1) * axis.stride + span(axis) - axis.input);
  axis.pad_begin = upper ? total / 2 : total - total / 2;
  axis.pad_end = total - axis.pad_begin;
}

void count_outputs(WindowAxis& axis, bool ceil_mode) {
  const std::int64_t room = axis.input + axis.pad_begin + axis.pad_end - span(axis);
  if (room < 0) {
    throw base::Error(fmt::format("the kernel spans {} positions, but the padded input has only {}",
                                  span(axis), axis.input + axis.pad_begin + axis.pad_end));
  }
  axis.output = (ceil_mode ? base::ceil_div(room, axis.stride) : room / axis.stride) + 1;
  // A window may hang over the end, but not start in the padding there.
  if (ceil_mode && (axis.output - 1) * axis.stride >= axis.input + axis.pad_begin) --axis.output;
}

}  // namespace

std::vector<WindowAxis> read_window(const Attributes& attributes, const Shape& input,
                                    const Shape& kernel) {
  const std::size_t axes = input.size() - 2;
  if (kernel.empty() && !attributes.has("kernel_shape")) {
    throw base::Error("lacks its attribute 'kernel_shape'");
  }
  const auto kernel_shape = bounded(attributes, "kernel_shape", axes, 1, 1);
  if (!kernel.empty() && attributes.has("kernel_shape") && kernel_shape != kernel) {
    throw base::Error(fmt::format("kernel_shape is {}, but the weights have {}",
                                  fmt::join(kernel_shape, "x"), fmt::join(kernel, "x")));
  }
  const auto strides = bounded(attributes, "strides", axes, 1, 1);
  const auto dilations = bounded(attributes, "dilations", axes, 1, 1);
  const auto pads = bounded(attributes, "pads", 2 * axes, 0, 0);
  const std::string auto_pad = read_auto_pad(attributes);
  const bool ceil_mode = attributes.integer_or("ceil_mode", 0) != 0;
  const bool same = auto_pad == "SAME_UPPER" || auto_pad == "SAME_LOWER";
  std::vector<WindowAxis> window(axes);
  for (std::size_t i = 0; i < axes; ++i) {
    WindowAxis& axis = window[i];
    axis.input = input[i + 2];
    axis.kernel = kernel.empty() ? kernel_shape[i] : kernel[i];
    axis.stride = strides[i];
    axis.dilation = dilations[i];
    if (axis.input > kLongestWindow || axis.kernel > kLongestWindow ||
        span(axis) > kLongestWindow) {
      throw base::Error("a spatial axis or the span of the kernel exceeds 2^31");
    }
    if (same) {
      pad_same(axis, auto_pad == "SAME_UPPER");
      continue;
    }
    if (auto_pad != "VALID") {
      axis.pad_begin = pads[i];
      axis.pad_end = pads[i + axes];
    }
    count_outputs(axis, ceil_mode);
  }
  return window;
}

std::vector<WindowAxis> read_upsampling_window(const Attributes& attributes, const Shape& input) {
  const std::size_t axes = input.size() - 2;
  if (!attributes.has("kernel_shape")) throw base::Error("lacks its attribute 'kernel_shape'");
  const auto kernel_shape = bounded(attributes, "kernel_shape", axes, 1, 1);
  const auto strides = bounded(attributes, "strides", axes, 1, 1);
  const auto pads = bounded(attributes, "pads", 2 * axes, 0, 0);
  std::vector<WindowAxis> window(axes);
  for (std::size_t i = 0; i < axes; ++i) {
    WindowAxis& axis = window[i];
    axis.input = input[i + 2];
    if (axis.input > kLongestWindow) throw base::Error("a spatial axis exceeds 2^31");
    axis.kernel = kernel_shape[i];
    axis.stride = strides[i];
    axis.pad_begin = pads[i];
    axis.pad_end = pads[i + axes];
    // At most (2^31)^2 + 2^31: far from overflow.
    axis.output = (axis.input - 1) * axis.stride + axis.kernel - axis.pad_begin - axis.pad_end;
    if (axis.output < 1) throw base::Error("its pads leave nothing of a spatial axis");
  }
  return window;
}

std::vector<WindowAxis> read_transposed_window(const Attributes& attributes, const Shape& input,
                                               const Shape& kernel) {
  const std::size_t axes = input.size() - 2;
  if (attributes.has("kernel_shape") && bounded(attributes, "kernel_shape", axes, 1, 1) != kernel) {
    throw base::Error(fmt::format("kernel_shape is {}, but the weights have {}",
                                  fmt::join(attributes.integers_or("kernel_shape", {}), "x"),
                                  fmt::join(kernel, "x")));
  }
  const auto strides = bounded(attributes, "strides", axes, 1, 1);
  const auto dilations = bounded(attributes, "dilations", axes, 1, 1);
  const auto pads = bounded(attributes, "pads", 2 * axes, 0, 0);
  const auto added = bounded(attributes, "output_padding", axes, 0, 0);
  auto given = attributes.integers_or("output_shape", {});
  // Some files give batch and channels as well.
  if (given.size() == input.size()) given.erase(given.begin(), given.begin() + 2);
  if (!given.empty() && given.size() != axes) {
    throw base::Error(
        fmt::format("output_shape is {}; {} values are needed", fmt::join(given, "x"), axes));
  }
  const std::string auto_pad = read_auto_pad(attributes);
  std::vector<WindowAxis> window(axes);
  for (std::size_t i = 0; i < axes; ++i) {
    WindowAxis& axis = window[i];
    axis.input = input[i + 2];
    axis.kernel = kernel[i];
    axis.stride = strides[i];
    axis.dilation = dilations[i];
    if (axis.input < 1 || axis.kernel < 1 || axis.input > kLongestWindow ||
        axis.kernel > kLongestWindow || span(axis) > kLongestWindow) {
      throw base::Error("a spatial axis or the span of the kernel is empty or exceeds 2^31");
    }
    // At most 2^62 + 2^33.
    const std::int64_t full = (axis.input - 1) * axis.stride + span(axis) + added[i];
    const bool same = auto_pad == "SAME_UPPER" || auto_pad == "SAME_LOWER";
    if (!given.empty() || same) {
      axis.output = given.empty() ? axis.input * axis.stride : given[i];
      if (axis.output < 1 || axis.output > kMostElements) {
        throw base::Error(fmt::format("would make an axis of {}", axis.output));
      }
      const std::int64_t cropped = std::max<std::int64_t>(0, full - axis.output);
      axis.pad_begin = auto_pad == "SAME_UPPER" ? cropped / 2 : cropped - cropped / 2;
      axis.pad_end = cropped - axis.pad_begin;
      continue;
    }
    if (auto_pad != "VALID") {
      axis.pad_begin = pads[i];
      axis.pad_end = pads[i + axes];
    }
    axis.output = full - axis.pad_begin - axis.pad_end;
    if (axis.output < 1) throw base::Error("its pads leave nothing of a spatial axis");
  }
  return window;
}

Shape kernel_of(const Shape& weights) { return {weights.begin() + 2, weights.end()}; }

std::int64_t kernel_size(const std::vector<WindowAxis>& window) {
  std::vector<std::int64_t> kernels;
  kernels.reserve(window.size());
  for (const WindowAxis& axis : window) kernels.push_back(axis.kernel);
  if (const auto size = element_count(kernels)) return *size;
  throw base::Error("its kernel has more than 2^40 positions");
}

Shape window_output(std::int64_t batch, std::int64_t channels,
                    const std::vector<WindowAxis>& window) {
  Shape shape = {batch, channels};
  for (const WindowAxis& axis : window) shape.push_back(axis.output);
  return shape;
}

Shape channels_first(Shape shape) {
  std::rotate(shape.begin() + 1, shape.end() - 1, shape.end());
  return shape;
}

Shape channels_behind(Shape shape) {
  std::rotate(shape.begin() + 1, shape.begin() + 2, shape.end());
  return shape;
}

}  // namespace mensa::onnx_import
