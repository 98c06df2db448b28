#include "onnx_import/lowering/convolution.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "onnx_import/execution/kernel.h"
#include "onnx_import/execution/matrix_product.h"
#include "onnx_import/execution/window_positions.h"

// Conv over one to three axes. A 1x1 window is one matrix product as the input stands; groups of
// one input channel (depthwise) are summed directly; all else is a matrix product with the inputs
// of each window written out as columns, a block of them at a time.

namespace mensa::onnx_import {
namespace {

/// Floats of a block of columns: 4 MiB.
constexpr std::int64_t kColumnFloats = std::int64_t{1} << 20;

/// One group of one image.
struct Group {
  const float* input;    ///< [channels, depth, height, width]
  const float* weights;  ///< [filters, channels, kernel]
  float* output;         ///< [filters, depth, height, width], set to the bias
  std::int64_t channels;
  std::int64_t filters;
};

bool is_pointwise(const Window3d& window) {
  return std::all_of(window.begin(), window.end(), [](const WindowAxis& axis) {
    return axis.kernel == 1 && axis.stride == 1 && axis.pad_begin == 0 && axis.pad_end == 0;
  });
}

void convolve_depthwise(const Window3d& window, const Group& group) {
  const float* weight = group.weights;
  for (std::int64_t filter = 0; filter < group.filters; ++filter) {
    float* output = group.output + filter * outputs_of(window);
    for_each_kernel_position(
        window, [&](const auto& k) { add_shifted(window, k, group.input, *weight++, output); });
  }
}

/// The inputs that kernel position `k` reads of one channel, for outputs from `begin` to before
/// `end`; zeros in the padding.
void write_column_row(const Window3d& window, const std::array<std::int64_t, 3>& k,
                      const float* input, const Range& outputs, float* to) {
  const auto& [depth, height, width] = window;
  const Range inside = outputs_reading(width, k[2]);
  std::int64_t position = outputs.begin;
  while (position < outputs.end) {
    const std::int64_t row = position / width.output;
    const std::int64_t left = position - row * width.output;
    const std::int64_t right = std::min(width.output, left + outputs.end - position);
    const std::int64_t iz = input_at(depth, row / height.output, k[0]);
    const std::int64_t iy = input_at(height, row % height.output, k[1]);
    const bool padding = iz < 0 || iz >= depth.input || iy < 0 || iy >= height.input;
    const std::int64_t begin = padding ? right : std::clamp(inside.begin, left, right);
    const std::int64_t end = padding ? right : std::clamp(inside.end, begin, right);
    to = std::fill_n(to, begin - left, 0.0F);
    if (begin < end) {
      const float* from =
          input + (iz * height.input + iy) * width.input + input_at(width, begin, k[2]);
      for (std::int64_t i = 0; i < end - begin; ++i) to[i] = from[i * width.stride];
      to += end - begin;
    }
    to = std::fill_n(to, right - end, 0.0F);
    position += right - left;
  }
}

void convolve_columns(const Window3d& window, const Group& group, std::vector<float>& columns) {
  const std::int64_t rows = group.channels * kernel_positions(window);
  const std::int64_t outputs = outputs_of(window);
  if (rows == 0) return;
  const std::int64_t block = std::clamp<std::int64_t>(kColumnFloats / rows, 1, outputs);
  columns.resize(static_cast<std::size_t>(rows * block));
  for (std::int64_t begin = 0; begin < outputs; begin += block) {
    const Range range{begin, std::min(begin + block, outputs)};
    const std::int64_t width = range.end - range.begin;
    float* to = columns.data();
    for (std::int64_t channel = 0; channel < group.channels; ++channel) {
      const float* input = group.input + channel * inputs_of(window);
      for_each_kernel_position(window, [&](const auto& k) {
        write_column_row(window, k, input, range, to);
        to += width;
      });
    }
    add_product(group.filters, width, rows, {group.weights, rows, 1}, {columns.data(), width, 1},
                group.output + begin, outputs);
  }
}

void convolve_group(const Window3d& window, const Group& group, std::vector<float>& columns) {
  if (is_pointwise(window)) {
    const std::int64_t positions = inputs_of(window);
    add_product(group.filters, positions, group.channels, {group.weights, group.channels, 1},
                {group.input, positions, 1}, group.output, positions);
  } else if (group.channels == 1) {
    convolve_depthwise(window, group);
  } else {
    convolve_columns(window, group, columns);
  }
}

void execute_conv(KernelContext& node) {
  const Shape& data = node.shape(0);
  const Shape& weights = node.shape(1);
  const Window3d window = window_3d(read_window(node.attributes(), data, kernel_of(weights)));
  const std::int64_t groups = node.attributes().integer_or("group", 1);
  const std::int64_t filters = weights[0] / groups;
  const std::int64_t filter_size = weights[1] * kernel_positions(window);
  const std::int64_t outputs = outputs_of(window);
  std::vector<float> result(node.output_size(0), 0.0F);
  std::vector<float> columns;
  for (std::int64_t image = 0; image < data[0]; ++image) {
    float* output = result.data() + image * weights[0] * outputs;
    if (node.has_input(kConvolutionBias)) {
      float* to = output;
      for (const float bias : node.floats(kConvolutionBias)) to = std::fill_n(to, outputs, bias);
    }
    for (std::int64_t i = 0; i < groups; ++i) {
      convolve_group(
          window,
          {node.floats(0).data() + (image * data[1] + i * weights[1]) * inputs_of(window),
           node.floats(1).data() + i * filters * filter_size, output + i * filters * outputs,
           weights[1], filters},
          columns);
    }
  }
  node.set(0, std::move(result));
}

void check_convolution(const TypeContext& node) {
  check_floats(node);
  if (node.attributes().has("channels_last")) TypeContext::unsupported("with channels last");
}

}  // namespace

std::vector<Kernel> convolution_kernels() { return {{"Conv", execute_conv, check_convolution}}; }

}  // namespace mensa::onnx_import
