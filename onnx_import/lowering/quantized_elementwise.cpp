#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>
#include <vector>

#include "onnx_import/lowering/broadcast.h"
#include "onnx_import/lowering/lowering.h"
#include "onnx_import/lowering/operation_counts.h"
#include "onnx_import/lowering/pooling.h"

// Operators of com.microsoft on tensors of 8 bits, each with a scale and zero point. They cost what
// their float forms cost: scaling is part of reading and writing such a tensor, for models in
// floats that run in 8 bits as well.

namespace mensa::onnx_import {
namespace {

/// Places of the tensors in a binary operator: A, A_scale, A_zero_point, B, ...
constexpr std::size_t kA = 0;
constexpr std::size_t kB = 3;

void infer_binary(TypeContext& node) {
  auto shape = broadcast_shape(node.shape(kA), node.shape(kB));
  if (!shape) {
    TypeContext::fail(fmt::format("shapes {} and {} do not broadcast",
                                  fmt::join(node.shape(kA), "x"), fmt::join(node.shape(kB), "x")));
  }
  node.set_output(0, node.input(kA).type, std::move(*shape));
}

DraftLayer binary_layer(LayerContext& node) {
  DraftLayer entry = node.new_layer();
  models::VectorWork work{0, node.output_elements(0), kArithmetic};
  for (const std::size_t index : {kA, kB}) {
    node.add_operand(entry, index);
    if (!node.input(index).constant) work.elements_in += node.elements(index);
  }
  entry.layer.work = work;
  entry.layer.outputs = {node.write(0)};
  const bool a_constant = node.input(kA).constant;
  const bool b_constant = node.input(kB).constant;
  const Shape& result = node.output(0).shape;
  if (a_constant || b_constant) {
    // Its zero point keeps a constant from being folded into the scales of what comes before.
    if (node.shape(a_constant ? kB : kA) == result) entry.role = FusionRole::kUnary;
  }
  return entry;
}

void lower_sum(LayerContext& node) {
  DraftLayer entry = binary_layer(node);
  const Shape& result = node.output(0).shape;
  const bool both = !node.input(kA).constant && !node.input(kB).constant;
  if (both && node.shape(kA) == result && node.shape(kB) == result) {
    entry.role = FusionRole::kResidual;
  }
  node.add(std::move(entry));
}

void lower_product(LayerContext& node) { node.add(binary_layer(node)); }

void infer_unary(TypeContext& node) { node.set_output(0, node.input(0).type, node.shape(0)); }

void add_unary_layer(LayerContext& node, std::int64_t operations, FusionRole role) {
  const std::int64_t elements = node.output_elements(0);
  DraftLayer entry = node.new_layer();
  entry.layer.work = models::VectorWork{elements, elements, operations};
  entry.layer.inputs = node.read(0);
  entry.layer.outputs = {node.write(0)};
  entry.role = role;
  node.add(std::move(entry));
}

void lower_sigmoid(LayerContext& node) { add_unary_layer(node, kTable, FusionRole::kUnary); }
void lower_leaky_relu(LayerContext& node) { add_unary_layer(node, kLeakyRelu, FusionRole::kUnary); }
void lower_softmax(LayerContext& node) { add_unary_layer(node, kSoftmax, FusionRole::kNone); }

void lower_average_pool(LayerContext& node) { lower_window_pooling(node, kArithmetic, 0); }
void lower_global_average(LayerContext& node) { lower_global_pooling(node, kArithmetic, 0); }

/// y_scale, y_zero_point, then three inputs for each part: the tensor, its scale and zero point.
constexpr std::size_t kFirstPart = 2;
constexpr std::size_t kInputsOfPart = 3;

void infer_concat(TypeContext& node) {
  if (!node.attributes().has("axis")) TypeContext::fail("lacks its attribute 'axis'");
  Shape shape = node.shape(kFirstPart);
  const std::size_t axis = node.checked_axis(node.attributes().integer_or("axis", 0), shape.size());
  for (std::size_t i = kFirstPart + kInputsOfPart; i < node.input_count(); i += kInputsOfPart) {
    Shape part = node.shape(i);
    const std::int64_t extent = part.size() == shape.size() ? part[axis] : -1;
    if (extent >= 0) part[axis] = shape[axis];
    if (part != shape || __builtin_add_overflow(shape[axis], extent, &shape[axis])) {
      TypeContext::fail(fmt::format("cannot join {} with {} along axis {}",
                                    fmt::join(node.shape(i), "x"), fmt::join(shape, "x"), axis));
    }
  }
  node.set_output(0, node.input(kFirstPart).type, std::move(shape));
}

void lower_concat(LayerContext& node) {
  std::vector<std::size_t> parts;
  for (std::size_t i = kFirstPart; i < node.node().inputs.size(); i += kInputsOfPart) {
    parts.push_back(i);
  }
  node.add_move_layer(parts);
}

}  // namespace

Lowering quantized_elementwise_lowering() {
  return {"com.microsoft",
          {{"QLinearAdd", infer_binary, lower_sum},
           {"QLinearMul", infer_binary, lower_product},
           {"QLinearSigmoid", infer_unary, lower_sigmoid},
           {"QLinearLeakyRelu", infer_unary, lower_leaky_relu},
           {"QLinearSoftmax", infer_unary, lower_softmax},
           {"QLinearAveragePool", infer_window_pooling, lower_average_pool},
           {"QLinearGlobalAveragePool", infer_global_pooling, lower_global_average},
           {"QLinearConcat", infer_concat, lower_concat}}};
}

}  // namespace mensa::onnx_import
