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

// Operators that pick elements by their values. How many NonZero, Compress and Unique pick depends
// on the data, and with it all shapes behind them: they are taken of constants only.
// NonMaxSuppression picks at most as many as it is told.

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
  node.add_vector_layer_of({0}, (node.elements(0) * (1 + depth) + results - 1) / results);
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
  node.note(
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
  node.add_vector_layer_of({0, 1}, boxes * kOverlap);
}

[[noreturn]] void depends_on_data() {
  TypeContext::unsupported("how many elements it picks depends on the data");
}

void infer_non_zero(TypeContext& node) {
  const Value& data = node.input(0);
  if (!data.integers && !data.floats) depends_on_data();
  const auto values = node.numbers(0, "input");
  const auto picked = std::count_if(values.begin(), values.end(), [](double v) { return v != 0; });
  node.set_output(0, ElementType::kInt64, {std::ssize(data.shape), picked});
}

/// A condition may be shorter than the axis.
void infer_compress(TypeContext& node) {
  if (!node.input(1).integers) depends_on_data();
  const Shape& data = node.shape(0);
  const auto& condition = *node.input(1).integers;
  const bool flat = !node.attributes().has("axis");
  const std::size_t axis =
      flat ? 0 : node.checked_axis(node.attributes().integer_or("axis", 0), data.size());
  const std::int64_t extent = flat ? element_count(data).value_or(0) : data[axis];
  const auto end = condition.begin() + std::min<std::int64_t>(std::ssize(condition), extent);
  const auto picked = std::count_if(condition.begin(), end, [](auto c) { return c != 0; });
  Shape shape = flat ? Shape{0} : data;
  shape[axis] = picked;
  node.set_output(0, node.input(0).type, std::move(shape));
}

void lower_compress(LayerContext& node) { node.add_move_layer({0, 1}); }

/// Different slices of a constant along an axis, or different elements.
void infer_unique(TypeContext& node) {
  const Value& data = node.input(0);
  if (!data.integers && !data.floats) depends_on_data();
  const auto values = node.numbers(0, "input");
  const bool flat = !node.attributes().has("axis");
  Shape shape = flat ? Shape{std::ssize(values)} : data.shape;
  const std::size_t axis =
      flat ? 0 : node.checked_axis(node.attributes().integer_or("axis", 0), shape.size());
  std::vector<std::vector<double>> slices(static_cast<std::size_t>(shape[axis]));
  std::size_t inner = 1;
  for (std::size_t i = axis + 1; i < shape.size(); ++i) inner *= static_cast<std::size_t>(shape[i]);
  for (std::size_t i = 0; i < values.size(); ++i) {
    slices[i / inner % slices.size()].push_back(values[i]);
  }
  const std::int64_t all = shape[axis];
  const std::int64_t different = std::ssize(std::set(slices.begin(), slices.end()));
  shape[axis] = different;
  node.set_output(0, data.type, std::move(shape));
  node.set_output(1, ElementType::kInt64, {different});
  node.set_output(2, ElementType::kInt64, {all});
  node.set_output(3, ElementType::kInt64, {different});
}

}  // namespace

Lowering selection_lowering() {
  return {"",
          {{"TopK", infer_top_k, lower_top_k},
           {"NonMaxSuppression", infer_non_max_suppression, lower_non_max_suppression},
           {"NonZero", infer_non_zero, nullptr},
           {"Compress", infer_compress, lower_compress},
           {"Unique", infer_unique, nullptr}}};
}

}  // namespace mensa::onnx_import
