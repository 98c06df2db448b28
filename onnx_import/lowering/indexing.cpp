#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <vector>

#include "onnx_import/lowering/lowering.h"
#include "onnx_import/lowering/operation_counts.h"
#include "onnx_import/operator_graph/element_types.h"

// Operators that read or write elements at places that another input gives.

namespace mensa::onnx_import {
namespace {

constexpr std::size_t kIndices = 1;
constexpr std::size_t kUpdates = 2;

void check_indices(const TypeContext& node, std::size_t input = kIndices) {
  if (!is_integral(node.input(input).type)) TypeContext::fail("its indices are no integers");
}

/// Error where a known index is not on an axis of that extent.
void check_range(const TypeContext& node, std::size_t axis) {
  const std::int64_t extent = node.shape(0)[axis];
  const auto& known = node.input(kIndices).integers;
  if (!known) return;
  for (const std::int64_t index : *known) {
    if (index >= -extent && index < extent) continue;
    TypeContext::fail(fmt::format("index {} is outside of axis {} of {}", index, axis,
                                  fmt::join(node.shape(0), "x")));
  }
}

void infer_gather(TypeContext& node) {
  check_indices(node);
  const Shape& data = node.shape(0);
  const Shape& indices = node.shape(kIndices);
  const std::size_t axis = node.axis_or(0);
  check_range(node, axis);
  Shape shape(data.begin(), data.begin() + static_cast<std::ptrdiff_t>(axis));
  shape.insert(shape.end(), indices.begin(), indices.end());
  shape.insert(shape.end(), data.begin() + static_cast<std::ptrdiff_t>(axis) + 1, data.end());
  node.set_output(0, node.input(0).type, std::move(shape));
}

/// The indices have the data's rank and reach no further than the data, except along the axis.
void check_element_indices(const TypeContext& node, std::size_t axis) {
  check_indices(node);
  const Shape& data = node.shape(0);
  const Shape& indices = node.shape(kIndices);
  bool fits = data.size() == indices.size();
  for (std::size_t i = 0; fits && i < data.size(); ++i) {
    fits = i == axis || indices[i] <= data[i];
  }
  if (!fits) {
    TypeContext::fail(fmt::format("indices of shape {} do not fit data of shape {}",
                                  fmt::join(indices, "x"), fmt::join(data, "x")));
  }
  check_range(node, axis);
}

void infer_gather_elements(TypeContext& node) {
  check_element_indices(node, node.axis_or(0));
  node.set_output(0, node.input(0).type, node.shape(kIndices));
}

/// Shape of what index tuples (the last axis of the indices) point at, one for each tuple. The
/// first `batch` axes are common to both.
Shape tuples_shape(const TypeContext& node, std::size_t batch) {
  check_indices(node);
  const Shape& data = node.shape(0);
  const Shape& indices = node.shape(kIndices);
  bool fits = batch < data.size() && batch < indices.size();
  for (std::size_t i = 0; fits && i < batch; ++i) fits = data[i] == indices[i];
  const std::int64_t most = std::ssize(data) - static_cast<std::int64_t>(batch);
  if (!fits || indices.back() < 1 || indices.back() > most) {
    TypeContext::fail(fmt::format("index tuples of shape {} do not fit data of shape {}",
                                  fmt::join(indices, "x"), fmt::join(data, "x")));
  }
  Shape shape(indices.begin(), indices.end() - 1);
  const auto named = static_cast<std::ptrdiff_t>(batch) + indices.back();
  shape.insert(shape.end(), data.begin() + named, data.end());
  return shape;
}

void infer_gather_nd(TypeContext& node) {
  const std::int64_t batch = node.attributes().integer_or("batch_dims", 0);
  if (batch < 0) TypeContext::fail("batch_dims is negative");
  node.set_output(0, node.input(0).type, tuples_shape(node, static_cast<std::size_t>(batch)));
}

void check_updates(const TypeContext& node, const Shape& needed) {
  if (node.shape(kUpdates) != needed || node.input(kUpdates).type != node.input(0).type) {
    TypeContext::fail(fmt::format("its updates are {} {}; {} {} are needed",
                                  models::to_string(node.input(kUpdates).type),
                                  fmt::join(node.shape(kUpdates), "x"),
                                  models::to_string(node.input(0).type), fmt::join(needed, "x")));
  }
}

void infer_scatter_elements(TypeContext& node) {
  check_element_indices(node, node.axis_or(0));
  check_updates(node, node.shape(kIndices));
  node.set_output(0, node.input(0).type, node.shape(0));
}

void infer_scatter_nd(TypeContext& node) {
  check_updates(node, tuples_shape(node, 0));
  node.set_output(0, node.input(0).type, node.shape(0));
}

/// Reads a constant table by row, or an activation at known or computed places.
void lower_gather(LayerContext& node) { node.add_move_layer({0, kIndices}); }

/// The data are copied, then the updates written over them, or combined with what is there.
void lower_scatter(LayerContext& node) {
  if (node.attributes().string_or("reduction", "none") != "none") {
    node.add_vector_layer_of({0, kIndices, kUpdates}, kArithmetic);
    return;
  }
  node.add_move_layer({0, kIndices, kUpdates});
  auto& work = std::get<models::MoveWork>(node.draft().layers.back().layer.work);
  work.elements += node.elements(kUpdates);
}

/// A new axis as long as `depth` says.
void infer_one_hot(TypeContext& node) {
  constexpr std::size_t kDepth = 1;
  constexpr std::size_t kValues = 2;
  const auto depth = node.numbers(kDepth, "depth");
  constexpr double kLongest = 0x1p40;  // limits.h: kMostElements
  if (depth.size() != 1 || !(depth[0] >= 1 && depth[0] <= kLongest)) {
    TypeContext::fail(
        fmt::format("its depth is {}; one of 1 to 2^40 is needed", fmt::join(depth, ", ")));
  }
  Shape shape = node.shape(0);
  const std::size_t axis =
      node.checked_axis(node.attributes().integer_or("axis", -1), shape.size() + 1);
  shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(axis),
               static_cast<std::int64_t>(depth[0]));
  node.set_output(0, node.input(kValues).type, std::move(shape));
}

/// Each element compares its place with the index.
void lower_one_hot(LayerContext& node) { node.add_vector_layer_of({0}, kCompare); }

}  // namespace

Lowering indexing_lowering() {
  return {"",
          {{"Gather", infer_gather, lower_gather},
           {"GatherElements", infer_gather_elements, lower_gather},
           {"GatherND", infer_gather_nd, lower_gather},
           {"Scatter", infer_scatter_elements, lower_scatter},
           {"ScatterElements", infer_scatter_elements, lower_scatter},
           {"ScatterND", infer_scatter_nd, lower_scatter},
           {"OneHot", infer_one_hot, lower_one_hot}}};
}

}  // namespace mensa::onnx_import
