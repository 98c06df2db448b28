#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>
#include <vector>

#include "onnx_import/lowering/broadcast.h"
#include "onnx_import/lowering/lowering.h"
#include "onnx_import/lowering/operation_counts.h"
#include "onnx_import/lowering/pooling.h"
#include "onnx_import/lowering/shared_lowerings.h"

// Operators of com.microsoft on tensors of 8 bits, each with a scale and zero point. They cost what
// their float forms cost: scaling is part of reading and writing such a tensor, for models in
// floats that run in 8 bits as well.

namespace mensa::onnx_import {
namespace {

/// Places of the tensors in a binary operator: A, A_scale, A_zero_point, B, ...
constexpr std::size_t kQLinearA = 0;
constexpr std::size_t kQLinearB = 3;

void infer_qlinear_binary(TypeContext& node) {
  auto shape = broadcast_shape(node.shape(kQLinearA), node.shape(kQLinearB));
  if (!shape) {
    TypeContext::fail(fmt::format("shapes {} and {} do not broadcast",
                                  fmt::join(node.shape(kQLinearA), "x"),
                                  fmt::join(node.shape(kQLinearB), "x")));
  }
  node.set_output(0, node.input(kQLinearA).type, std::move(*shape));
}

DraftLayer binary_layer(LayerContext& node) {
  DraftLayer entry = node.new_layer();
  models::VectorWork work{0, node.output_elements(0), kArithmetic};
  for (const std::size_t index : {kQLinearA, kQLinearB}) {
    node.add_operand(entry, index);
    if (!node.input(index).constant) work.elements_in += node.elements(index);
  }
  entry.layer.work = work;
  entry.layer.outputs = {node.write(0)};
  const bool a_constant = node.input(kQLinearA).constant;
  const bool b_constant = node.input(kQLinearB).constant;
  const Shape& result = node.output(0).shape;
  if (a_constant || b_constant) {
    // Its zero point keeps a constant from being folded into the scales of what comes before.
    if (node.shape(a_constant ? kQLinearB : kQLinearA) == result) entry.role = FusionRole::kUnary;
  }
  return entry;
}

void lower_qlinear_sum(LayerContext& node) {
  DraftLayer entry = binary_layer(node);
  const Shape& result = node.output(0).shape;
  const bool both = !node.input(kQLinearA).constant && !node.input(kQLinearB).constant;
  if (both && node.shape(kQLinearA) == result && node.shape(kQLinearB) == result) {
    entry.role = FusionRole::kResidual;
  }
  node.add(std::move(entry));
}

void lower_qlinear_product(LayerContext& node) { node.add(binary_layer(node)); }

void add_unary_layer(LayerContext& node, std::int64_t operations, FusionRole role) {
  const std::int64_t elements = node.output_elements(0);
  DraftLayer entry = node.new_layer();
  entry.layer.work = models::VectorWork{elements, elements, operations};
  entry.layer.inputs = node.read(0);
  entry.layer.outputs = {node.write(0)};
  entry.role = role;
  node.add(std::move(entry));
}

void lower_qlinear_sigmoid(LayerContext& node) {
  add_unary_layer(node, kTable, FusionRole::kUnary);
}
void lower_qlinear_leaky_relu(LayerContext& node) {
  add_unary_layer(node, kLeakyRelu, FusionRole::kUnary);
}
void lower_qlinear_softmax(LayerContext& node) {
  add_unary_layer(node, kSoftmax, FusionRole::kNone);
}

/// y_scale, y_zero_point, then three inputs for each part: the tensor, its scale and zero point.
constexpr std::size_t kFirstPart = 2;
constexpr std::size_t kInputsOfPart = 3;

void infer_qlinear_concat(TypeContext& node) {
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

void lower_qlinear_concat(LayerContext& node) {
  std::vector<std::size_t> parts;
  for (std::size_t i = kFirstPart; i < node.node().inputs.size(); i += kInputsOfPart) {
    parts.push_back(i);
  }
  node.add_move_layer(parts);
}

}  // namespace

Lowering quantized_elementwise_lowering() {
  return {"com.microsoft",
          {{"QLinearAdd", infer_qlinear_binary, lower_qlinear_sum},
           {"QLinearMul", infer_qlinear_binary, lower_qlinear_product},
           {"QLinearSigmoid", infer_same, lower_qlinear_sigmoid},
           {"QLinearLeakyRelu", infer_same, lower_qlinear_leaky_relu},
           {"QLinearSoftmax", infer_same, lower_qlinear_softmax},
           {"QLinearAveragePool", infer_window_pooling, lower_average_pool},
           {"QLinearGlobalAveragePool", infer_global_pooling, lower_global_average_pool},
           {"QLinearConcat", infer_qlinear_concat, lower_qlinear_concat}}};
}

}  // namespace mensa::onnx_import
