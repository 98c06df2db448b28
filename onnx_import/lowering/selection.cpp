#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <set>
#include <vector>

#include "onnx_import/lowering/lowering.h"
#include "onnx_import/lowering/operation_counts.h"
#include "onnx_import/operator_graph/limits.h"

// Operators that pick elements by their values. How many NonZero, Compress, Unique and
// NonMaxSuppression pick depends on the data, and with it all shapes behind them: of activations
// they are taken to pick as many as they can, which is approximate. What goes from one element to
// the next by what it finds there runs on the host: the vector lanes of an accelerator do not.

namespace mensa::onnx_import {
namespace {

using models::ElementType;

std::int64_t single_integer(const TypeContext& node, std::size_t input, const char* what) {
  const auto& values = node.integers(input, what);
  if (values.size() != 1) TypeContext::fail(fmt::format("its {} is no single integer", what));
  return values[0];
}

/// Operator sets 1 to 9 gave the count as an attribute.
void infer_top_k(TypeContext& node) {
  Shape shape = node.shape(0);
  const std::size_t axis =
      node.checked_axis(node.attributes().integer_or("axis", -1), shape.size());
  const std::int64_t count = node.attributes().has("k") ? node.attributes().integer_or("k", 0)
                                                        : single_integer(node, 1, "count");
  if (count < 0 || count > shape[axis]) {
    TypeContext::fail(fmt::format("takes {} of an axis of {}", count, shape[axis]));
  }
  shape[axis] = count;
  node.set_output(0, node.input(0).type, shape);
  node.set_output(1, ElementType::kInt64, std::move(shape));
}

/// A heap of the best so far: each element that comes in is compared with its least, and at worst
/// sinks through it.
void lower_top_k(LayerContext& node) {
  const std::int64_t rank = std::ssize(node.shape(0));
  const std::int64_t axis = node.attributes().integer_or("axis", -1);
  const auto at = static_cast<std::size_t>(axis < 0 ? axis + rank : axis);
  const Shape& kept = node.output(node.output_used(0) ? 0 : 1).shape;
  const auto depth =
      static_cast<std::int64_t>(std::bit_width(static_cast<std::uint64_t>(kept[at])));
  std::int64_t results = 0;
  for (const std::size_t i : {std::size_t{0}, std::size_t{1}}) {
    if (node.output_used(i)) results += node.output_elements(i);
  }
  node.add_vector_layer_of({0}, (node.elements(0) * (1 + depth) + results - 1) / results,
                           FusionRole::kNone, true);
}

/// Boxes [batch, N, 4], scores [batch, classes, N]; rows of (batch, class, box).
void infer_non_max_suppression(TypeContext& node) {
  const Shape& boxes = node.shape(0);
  const Shape& scores = node.shape(1);
  const bool fits = boxes.size() == 3 && scores.size() == 3 && boxes[2] == 4 &&
                    boxes[0] == scores[0] && boxes[1] == scores[2];
  if (!fits) {
    TypeContext::fail(fmt::format("scores of shape {} do not fit boxes of shape {}",
                                  fmt::join(scores, "x"), fmt::join(boxes, "x")));
  }
  const std::int64_t asked = node.has_input(2) ? single_integer(node, 2, "count of boxes") : 0;
  const std::int64_t per_class = std::clamp<std::int64_t>(asked, 0, boxes[1]);
  const std::int64_t most = scores[0] * scores[1] * per_class;
  node.set_output(0, ElementType::kInt64, {most, 3});
  node.approximate(
      fmt::format("node '{}' (NonMaxSuppression): how many boxes it leaves depends on the "
                  "data; {} is the most",
                  node.node().name, most));
}

/// Every box that is picked is compared with all others of its class: the overlap takes four
/// comparisons, five subtractions, a multiplication and an addition of areas, and the threshold one
/// of each (multiply, compare).
void lower_non_max_suppression(LayerContext& node) {
  constexpr std::int64_t kOverlap = 4 + 5 + 1 + 1 + 2;
  const std::int64_t boxes = node.shape(0)[1];
  node.add_vector_layer_of({0, 1}, boxes * kOverlap, FusionRole::kNone, true);
}

void pick_all(TypeContext& node, std::int64_t all) {
  node.approximate(
      fmt::format("node '{}' ({}): how many elements it picks depends on the data; {} is the most",
                  node.node().name, node.node().op, all));
}

std::int64_t comparisons_of_sorting(std::int64_t elements) {
  return elements * static_cast<std::int64_t>(std::bit_width(static_cast<std::uint64_t>(elements)));
}

void infer_non_zero(TypeContext& node) {
  const Value& data = node.input(0);
  std::int64_t picked = element_count(data.shape).value_or(0);
  if (data.integers || data.floats) {
    const auto values = node.numbers(0, "input");
    picked = std::count_if(values.begin(), values.end(), [](double v) { return v != 0; });
  } else {
    pick_all(node, picked);
  }
  node.set_output(0, ElementType::kInt64, {std::ssize(data.shape), picked});
}

/// One comparison of each element; its indices are counted along.
void lower_non_zero(LayerContext& node) {
  node.add_vector_layer_of({0}, kCompare, FusionRole::kNone, true);
}

/// A condition may be shorter than the axis.
void infer_compress(TypeContext& node) {
  const Shape& data = node.shape(0);
  const bool flat = !node.attributes().has("axis");
  const std::size_t axis =
      flat ? 0 : node.checked_axis(node.attributes().integer_or("axis", 0), data.size());
  const std::int64_t extent = flat ? element_count(data).value_or(0) : data[axis];
  std::int64_t picked = std::min(extent, element_count(node.shape(1)).value_or(0));
  if (const auto& condition = node.input(1).integers) {
    picked = std::count_if(condition->begin(), condition->begin() + picked,
                           [](auto c) { return c != 0; });
  } else {
    pick_all(node, picked);
  }
  Shape shape = flat ? Shape{0} : data;
  shape[axis] = picked;
  node.set_output(0, node.input(0).type, std::move(shape));
}

void lower_compress(LayerContext& node) { node.add_move_layer({0, 1}); }

/// Different slices of a constant along an axis, or different elements.
std::int64_t count_different(const TypeContext& node, const Shape& shape, std::size_t axis) {
  const auto values = node.numbers(0, "input");
  std::vector<std::vector<double>> slices(static_cast<std::size_t>(shape[axis]));
  std::size_t inner = 1;
  for (std::size_t i = axis + 1; i < shape.size(); ++i) inner *= static_cast<std::size_t>(shape[i]);
  for (std::size_t i = 0; i < values.size(); ++i) {
    slices[i / inner % slices.size()].push_back(values[i]);
  }
  return std::ssize(std::set(slices.begin(), slices.end()));
}

void infer_unique(TypeContext& node) {
  const Value& data = node.input(0);
  const bool flat = !node.attributes().has("axis");
  Shape shape = flat ? Shape{element_count(data.shape).value_or(0)} : data.shape;
  const std::size_t axis =
      flat ? 0 : node.checked_axis(node.attributes().integer_or("axis", 0), shape.size());
  const std::int64_t all = shape[axis];
  std::int64_t different = all;
  if (data.integers || data.floats) {
    different = count_different(node, shape, axis);
  } else {
    pick_all(node, all);
  }
  shape[axis] = different;
  node.set_output(0, data.type, std::move(shape));
  node.set_output(1, ElementType::kInt64, {different});
  node.set_output(2, ElementType::kInt64, {all});
  node.set_output(3, ElementType::kInt64, {different});
}

/// Sorts.
void lower_unique(LayerContext& node) {
  std::int64_t results = 0;
  for (std::size_t i = 0; i < node.node().outputs.size(); ++i) {
    if (node.output_used(i)) results += node.output_elements(i);
  }
  const std::int64_t comparisons = comparisons_of_sorting(node.elements(0));
  node.add_vector_layer_of({0}, (comparisons + results - 1) / results, FusionRole::kNone, true);
}

}  // namespace

Lowering selection_lowering() {
  return {"",
          {{"TopK", infer_top_k, lower_top_k},
           {"NonMaxSuppression", infer_non_max_suppression, lower_non_max_suppression},
           {"NonZero", infer_non_zero, lower_non_zero},
           {"Compress", infer_compress, lower_compress},
           {"Unique", infer_unique, lower_unique}}};
}

}  // namespace mensa::onnx_import
