#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "onnx_import/lowering/lowering.h"
#include "onnx_import/operator_graph/limits.h"

namespace mensa::onnx_import {
namespace {

using Integers = std::vector<std::int64_t>;

/// Which elements of one axis are taken: `count` of them from `start` on, `step` apart.
struct Range {
  std::int64_t start = 0;
  std::int64_t step = 1;
  std::int64_t count = 0;
};

/// ONNX's rule for Slice: negative bounds count from the end, then all are clamped to the axis.
Range clamped_range(std::int64_t start, std::int64_t end, std::int64_t step, std::int64_t extent) {
  if (step == 0) TypeContext::fail("a step is 0");
  // A step past the axis takes one element, like one just as long; keeps the arithmetic in range.
  step = std::clamp(step, -kMostElements, kMostElements);
  const auto from_end = [&](std::int64_t bound) { return bound < 0 ? bound + extent : bound; };
  if (step > 0) {
    start = std::clamp<std::int64_t>(from_end(start), 0, extent);
    end = std::clamp<std::int64_t>(from_end(end), 0, extent);
    return {start, step, end > start ? (end - start + step - 1) / step : 0};
  }
  start = std::clamp<std::int64_t>(from_end(start), 0, extent - 1);
  end = std::clamp<std::int64_t>(from_end(end), -1, extent - 1);
  return {start, step, start > end ? (start - end - step - 1) / -step : 0};
}

void infer_slice(TypeContext& node) {
  const Shape& data = node.shape(0);
  const auto starts = node.attribute_or_input("starts", 1);
  const auto ends = node.attribute_or_input("ends", 2);
  if (!starts || !ends) TypeContext::fail("lacks its starts or ends");
  Integers all(starts->size());
  std::iota(all.begin(), all.end(), 0);
  const Integers axes = node.attribute_or_input("axes", 3).value_or(all);
  const Integers steps =
      node.has_input(4) ? node.integers(4, "steps") : Integers(starts->size(), 1);
  if (ends->size() != starts->size() || axes.size() != starts->size() ||
      steps.size() != starts->size()) {
    TypeContext::fail("its starts, ends, axes and steps differ in number");
  }
  Shape shape = data;
  std::vector<Range> ranges;
  for (const std::int64_t extent : data) ranges.push_back({0, 1, extent});
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const std::size_t axis = node.checked_axis(axes[i], data.size());
    if (data[axis] == 0) continue;
    ranges[axis] = clamped_range((*starts)[i], (*ends)[i], steps[i], data[axis]);
    shape[axis] = ranges[axis].count;
  }
  const bool reverses = std::any_of(ranges.begin(), ranges.end(),
                                    [](const Range& r) { return r.step < 0 && r.count > 1; });
  if (shape == data && !reverses) return node.set_view(0, 0, data);
  node.set_output(0, node.input(0).type, std::move(shape));
  if (const auto& values = node.input(0).integers; values && data.size() == 1) {
    Integers taken;
    for (std::int64_t i = 0; i < ranges[0].count; ++i) {
      taken.push_back((*values)[static_cast<std::size_t>(ranges[0].start + i * ranges[0].step)]);
    }
    node.set_integers(0, std::move(taken));
  }
}

void infer_gather(TypeContext& node) {
  const Shape& data = node.shape(0);
  const Shape& indices = node.shape(1);
  const std::size_t axis = node.checked_axis(node.attributes().integer_or("axis", 0), data.size());
  Shape shape(data.begin(), data.begin() + static_cast<std::ptrdiff_t>(axis));
  shape.insert(shape.end(), indices.begin(), indices.end());
  shape.insert(shape.end(), data.begin() + static_cast<std::ptrdiff_t>(axis) + 1, data.end());
  node.set_output(0, node.input(0).type, std::move(shape));
  const auto& known = node.input(1).integers;
  if (!known) return;
  Integers taken;
  const auto& values = node.input(0).integers;
  for (std::int64_t index : *known) {
    if (index < 0) index += data[axis];
    if (index < 0 || index >= data[axis]) {
      TypeContext::fail(
          fmt::format("index {} is outside of axis {} of {}", index, axis, fmt::join(data, "x")));
    }
    if (values && data.size() == 1) taken.push_back((*values)[static_cast<std::size_t>(index)]);
  }
  if (values && data.size() == 1) node.set_integers(0, std::move(taken));
}

/// Reads a constant table by row, or an activation at known or computed places.
void lower_gather(LayerContext& node) { node.add_move_layer({0, 1}); }

void infer_pad(TypeContext& node) {
  Shape shape = node.shape(0);
  const auto pads = node.attribute_or_input("pads", 1);
  if (!pads) TypeContext::fail("has no pads");
  Integers all(shape.size());
  std::iota(all.begin(), all.end(), 0);
  const Integers axes = node.has_input(3) ? node.integers(3, "axes") : all;
  if (pads->size() != 2 * axes.size()) {
    TypeContext::fail(
        fmt::format("has {} pads; two for each of {} axes are needed", pads->size(), axes.size()));
  }
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const std::size_t axis = node.checked_axis(axes[i], shape.size());
    for (const std::int64_t pad : {(*pads)[i], (*pads)[i + axes.size()]}) {
      if (pad < -kLongestWindow || pad > kLongestWindow) TypeContext::fail("a pad exceeds 2^31");
      shape[axis] += pad;
    }
    if (shape[axis] < 0) TypeContext::fail("its pads take away more than there is");
  }
  const bool nothing = std::all_of(pads->begin(), pads->end(), [](auto pad) { return pad == 0; });
  if (nothing) return node.set_view(0, 0, std::move(shape));
  node.set_output(0, node.input(0).type, std::move(shape));
}

void lower_first(LayerContext& node) { node.add_move_layer({0}); }

}  // namespace

Lowering slicing_lowering() {
  return {"",
          {{"Slice", infer_slice, lower_first},
           {"Gather", infer_gather, lower_gather},
           {"Pad", infer_pad, lower_first}}};
}

}  // namespace mensa::onnx_import
