#include "onnx_import/lowering/pooling.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "models/base/units.h"
#include "onnx_import/lowering/lowering.h"
#include "onnx_import/lowering/operation_counts.h"
#include "onnx_import/lowering/window.h"
#include "onnx_import/operator_graph/limits.h"

// Windows may be dilated and hang over the end (ceil_mode), where they start in the input or in the
// padding before it. That is PyTorch's rule and onnxruntime's, which ONNX wrote down in operator
// set 19 for all poolings. Whether an average counts padding does not change its work: it divides
// by a number that is known for each position.

namespace mensa::onnx_import {
namespace {

bool is_channels_last(const Attributes& attributes) {
  return attributes.integer_or("channels_last", 0) != 0;
}

/// [batch, channels, ...] of input 0.
template <class Context>
Shape data_of(const Context& node) {
  const Shape& data = node.shape(0);
  if (data.size() < 3) {
    TypeContext::fail(
        fmt::format("its input has shape {}; batch, channels and spatial axes are needed",
                    fmt::join(data, "x")));
  }
  return is_channels_last(node.attributes()) ? channels_first(data) : data;
}

Shape in_layout(const Attributes& attributes, Shape shape) {
  return is_channels_last(attributes) ? channels_behind(std::move(shape)) : shape;
}

/// Adds a layer that reads input 0 alone: scales and zero points of quantized poolings are
/// immediates.
void add_pooling_layer(LayerContext& node, std::int64_t operations) {
  DraftLayer entry = node.new_layer();
  node.add_operand(entry, 0);
  entry.layer.work = models::VectorWork{node.elements(0), node.output_elements(0), operations};
  for (std::size_t i = 0; i < node.node().outputs.size(); ++i) {
    if (node.output_used(i)) entry.layer.outputs.push_back(node.write(i));
  }
  node.add(std::move(entry));
}

}  // namespace

void infer_window_pooling(TypeContext& node) {
  const Shape data = data_of(node);
  const auto window = read_window(node.attributes(), data, {});
  node.set_output(0, node.input(0).type,
                  in_layout(node.attributes(), window_output(data[0], data[1], window)));
}

void lower_window_pooling(LayerContext& node, std::int64_t operations, std::int64_t once) {
  const auto window = read_window(node.attributes(), data_of(node), {});
  add_pooling_layer(node, pooling_operations(kernel_size(window)) * operations + once);
}

void infer_global_pooling(TypeContext& node) {
  Shape shape = data_of(node);
  std::fill(shape.begin() + 2, shape.end(), 1);
  node.set_output(0, node.input(0).type, in_layout(node.attributes(), std::move(shape)));
}

void lower_global_pooling(LayerContext& node, std::int64_t operations, std::int64_t once) {
  add_pooling_layer(
      node, pooling_operations(node.elements(0) / node.output_elements(0)) * operations + once);
}

void lower_average_pool(LayerContext& node) { lower_window_pooling(node, kArithmetic, 0); }

void lower_global_average_pool(LayerContext& node) { lower_global_pooling(node, kArithmetic, 0); }

namespace {

void infer_max_pool(TypeContext& node) {
  infer_window_pooling(node);
  if (node.has_output(1)) {
    node.set_output(1, models::ElementType::kInt64, node.output(0).shape);
  }
}

/// With the places of the maxima each comparison also selects an index.
void lower_max_pool(LayerContext& node) {
  lower_window_pooling(node, node.output_used(1) ? 2 * kCompare : kCompare, 0);
}

void lower_global_max(LayerContext& node) { lower_global_pooling(node, kCompare, 0); }

/// Operations for each element of a sum of |x|^p, and the root of it.
std::pair<std::int64_t, std::int64_t> norm_operations(const Attributes& attributes) {
  const std::int64_t p = attributes.integer_or("p", 2);
  if (p == 1) return {2 * kArithmetic, 0};
  return {(p == 2 ? kArithmetic : kTable) + kArithmetic, kTable};
}

void lower_lp_pool(LayerContext& node) {
  const auto operations = norm_operations(node.attributes());
  lower_window_pooling(node, operations.first, operations.second);
}

void lower_global_lp_pool(LayerContext& node) {
  const auto operations = norm_operations(node.attributes());
  lower_global_pooling(node, operations.first, operations.second);
}

/// The shape that the pooling had which it undoes, where an input does not say another: the
/// smallest of those with the same result.
void infer_max_unpool(TypeContext& node) {
  constexpr std::size_t kPlaces = 1;
  constexpr std::size_t kShape = 2;
  const Shape data = data_of(node);
  if (node.shape(kPlaces) != data) {
    TypeContext::fail(fmt::format("its input has shape {} and its indices {}", fmt::join(data, "x"),
                                  fmt::join(node.shape(kPlaces), "x")));
  }
  if (node.has_input(kShape)) {
    Shape shape = node.integers(kShape, "output shape");
    if (shape.size() != data.size()) TypeContext::fail("its output shape has another rank");
    return node.set_output(0, node.input(0).type, std::move(shape));
  }
  const auto window = read_upsampling_window(node.attributes(), data);
  node.set_output(0, node.input(0).type, window_output(data[0], data[1], window));
}

/// All of the result is written: zeros, and the values at their places.
void lower_max_unpool(LayerContext& node) { node.add_move_layer({0, 1}); }

Shape pooled_shape(const Attributes& attributes) {
  const auto pooled = attributes.integers_or("pooled_shape", {});
  if (pooled.size() != 2 || pooled[0] < 1 || pooled[1] < 1) {
    TypeContext::fail(
        fmt::format("pooled_shape is '{}'; height and width are needed", fmt::join(pooled, "x")));
  }
  return pooled;
}

void infer_max_roi_pool(TypeContext& node) {
  const Shape& data = node.shape(0);
  const Shape& regions = node.shape(1);
  if (data.size() != 4 || regions.size() != 2 || regions[1] != 5) {
    TypeContext::fail(
        fmt::format("its input has shape {} and its regions {}; four axes, and five "
                    "numbers for each region are needed",
                    fmt::join(data, "x"), fmt::join(regions, "x")));
  }
  const Shape pooled = pooled_shape(node.attributes());
  node.set_output(0, node.input(0).type, {regions[0], data[1], pooled[0], pooled[1]});
}

/// Each result compares its share of a region; regions are known at run time only, and are taken as
/// the whole image, which none exceeds.
void lower_max_roi_pool(LayerContext& node) {
  const Shape& data = node.shape(0);
  const Shape pooled = pooled_shape(node.attributes());
  node.add_vector_layer(
      pooling_operations(base::ceil_div(data[2], pooled[0]) * base::ceil_div(data[3], pooled[1])));
}

}  // namespace

Lowering pooling_lowering() {
  return {"",
          {{"MaxPool", infer_max_pool, lower_max_pool},
           {"AveragePool", infer_window_pooling, lower_average_pool},
           {"LpPool", infer_window_pooling, lower_lp_pool},
           {"GlobalMaxPool", infer_global_pooling, lower_global_max},
           {"GlobalAveragePool", infer_global_pooling, lower_global_average_pool},
           {"GlobalLpPool", infer_global_pooling, lower_global_lp_pool},
           {"MaxUnpool", infer_max_unpool, lower_max_unpool},
           {"MaxRoiPool", infer_max_roi_pool, lower_max_roi_pool}}};
}

}  // namespace mensa::onnx_import
