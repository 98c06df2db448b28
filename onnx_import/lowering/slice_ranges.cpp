#include "onnx_import/lowering/slice_ranges.h"

#include <algorithm>
#include <numeric>

#include "onnx_import/operator_graph/limits.h"

namespace mensa::onnx_import {
namespace {

using Integers = std::vector<std::int64_t>;

/// ONNX's rule: negative bounds count from the end, then all are clamped to the axis.
AxisRange clamped_range(std::int64_t start, std::int64_t end, std::int64_t step,
                        std::int64_t extent) {
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

}  // namespace

std::vector<AxisRange> slice_ranges(const TypeContext& node) {
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
  std::vector<AxisRange> ranges;
  ranges.reserve(data.size());
  for (const std::int64_t extent : data) ranges.push_back({0, 1, extent});
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const std::size_t axis = node.checked_axis(axes[i], data.size());
    if (data[axis] == 0) continue;
    ranges[axis] = clamped_range((*starts)[i], (*ends)[i], steps[i], data[axis]);
  }
  return ranges;
}

}  // namespace mensa::onnx_import
