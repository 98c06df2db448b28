#include <optional>
#include <utility>

#include "onnx_import/lowering/broadcast.h"
#include "onnx_import/lowering/lowering.h"
#include "onnx_import/lowering/operation_counts.h"
#include "onnx_import/operator_graph/element_types.h"

// Operators on several inputs, broadcast together.

namespace mensa::onnx_import {
namespace {

using models::ElementType;

/// Of exactly two inputs.
Shape broadcast_pair(const TypeContext& node) {
  (void)node.input(1);
  if (node.input_count() > 2) TypeContext::fail("has more than two inputs");
  return broadcast_inputs(node);
}

void infer_broadcast(TypeContext& node) {
  node.set_output(0, node.input(0).type, broadcast_pair(node));
}

/// Sum, Max, Min, Mean of any number of inputs; of one it is that one.
void infer_variadic(TypeContext& node) {
  if (node.input_count() == 1) return node.set_view(0, 0, node.shape(0));
  node.set_output(0, node.input(0).type, broadcast_inputs(node));
}

void infer_comparison(TypeContext& node) {
  node.set_output(0, ElementType::kBool, broadcast_pair(node));
}

void infer_integers(TypeContext& node) {
  if (!is_integral(node.input(0).type)) TypeContext::fail("needs integers");
  infer_broadcast(node);
}

/// Base and exponent may differ in type.
void infer_pow(TypeContext& node) {
  const auto shape = broadcast_shape(node.shape(0), node.shape(1));
  if (node.input(0).type == node.input(1).type || !shape) return infer_broadcast(node);
  node.set_output(0, node.input(0).type, *shape);
}

/// The slope is stretched to the first input, never the other way round. Up to operator set 6 its
/// one axis is that of the channels.
void infer_prelu(TypeContext& node) {
  const Shape& data = node.shape(0);
  const Shape& slope = node.shape(1);
  const bool per_channel = slope.size() == 1 && data.size() > 1 && slope[0] == data[1];
  const bool fits = broadcast_shape(data, slope) == data;
  if (!fits && !(per_channel && node.opset() < kFirstNumpyOpset)) {
    TypeContext::fail("its slope does not broadcast to its input");
  }
  node.set_output(0, node.input(0).type, data);
}

void infer_where(TypeContext& node) {
  if (node.input(0).type != ElementType::kBool) TypeContext::fail("its condition is not of bools");
  (void)node.input(2);
  auto shape = broadcast_shape(node.shape(0), broadcast_inputs(node, 1));
  if (!shape) TypeContext::fail("its condition does not broadcast with its values");
  node.set_output(0, node.input(1).type, std::move(*shape));
}

/// The only constant among two operands; none where both are activations.
std::optional<std::size_t> constant_operand(const LayerContext& node) {
  if (node.node().inputs.size() != 2) return std::nullopt;
  if (node.input(0).constant) return 0;
  if (node.input(1).constant) return 1;
  return std::nullopt;
}

/// Sets what the layer may become behind another one. `role_of_constant` is for x op constant.
void set_role(LayerContext& node, DraftLayer& entry, FusionRole role_of_constant) {
  const auto constant = constant_operand(node);
  if (!constant) return;
  const Shape& result = node.output(0).shape;
  if (node.shape(1 - *constant) != result) return;  // the activation is stretched
  if (node.shape(*constant).size() > result.size()) return;
  entry.channels = broadcast_channels(node.shape(*constant), result);
  entry.role = entry.channels.extent == 0 ? FusionRole::kUnary : role_of_constant;
}

DraftLayer& add_broadcast_layer(LayerContext& node, std::int64_t operations) {
  node.add_vector_layer(operations);
  return node.draft().layers.back();
}

std::int64_t pairs(const LayerContext& node) {
  return static_cast<std::int64_t>(node.node().inputs.size()) - 1;
}

void lower_additive(LayerContext& node) {
  DraftLayer& entry = add_broadcast_layer(node, kArithmetic * pairs(node));
  set_role(node, entry, FusionRole::kShift);
  if (entry.role != FusionRole::kNone) return;
  for (std::size_t i = 0; i < node.node().inputs.size(); ++i) {
    if (node.input(i).constant || node.shape(i) != node.output(0).shape) return;
  }
  entry.role = FusionRole::kResidual;
}

/// Whether input `index` is one number that is computed, and the other input has all others.
bool scales_by(const LayerContext& node, std::size_t index) {
  const std::size_t other = 1 - index;
  return !node.input(index).constant && !node.input(other).constant && node.elements(index) == 1 &&
         node.elements(other) > 1 && node.shape(other) == node.output(0).shape;
}

void lower_multiply(LayerContext& node) {
  DraftLayer& entry = add_broadcast_layer(node, kArithmetic);
  set_role(node, entry, FusionRole::kScale);
  if (scales_by(node, 0) || scales_by(node, 1)) entry.role = FusionRole::kScaleByOne;
}

void lower_divide(LayerContext& node) {
  // Dividing by a constant scales; a constant divided by x is a function of x.
  const bool scales = constant_operand(node) == std::size_t{1};
  set_role(node, add_broadcast_layer(node, kArithmetic),
           scales ? FusionRole::kScale : FusionRole::kUnary);
}

/// Combines `kOperations` a pair of inputs; with constants it is a function of the one activation.
template <std::int64_t kOperations>
void lower_pairs(LayerContext& node) {
  set_role(node, add_broadcast_layer(node, kOperations * pairs(node)), FusionRole::kUnary);
}

/// Sums, then divides.
void lower_mean(LayerContext& node) { add_broadcast_layer(node, kArithmetic * pairs(node) + 1); }

/// A square is one multiplication, another constant power one table.
void lower_pow(LayerContext& node) {
  const Value& exponent = node.input(1);
  std::int64_t operations = exponent.constant ? kTable : kPower;
  if (exponent.floats == std::vector<double>{2} || exponent.integers == Shape{2}) operations = 1;
  set_role(node, add_broadcast_layer(node, operations), FusionRole::kUnary);
}

void lower_where(LayerContext& node) { add_broadcast_layer(node, kSelect); }

template <std::int64_t kOperations>
constexpr Operator arithmetic(std::string_view name) {
  return {name, infer_broadcast, lower_pairs<kOperations>};
}

constexpr Operator comparison(std::string_view name) {
  return {name, infer_comparison, lower_pairs<kCompare>};
}

constexpr Operator bitwise(std::string_view name) {
  return {name, infer_integers, lower_pairs<kArithmetic>};
}

}  // namespace

Lowering elementwise_lowering() {
  return {"",
          {{"Add", infer_broadcast, lower_additive},
           {"Sub", infer_broadcast, lower_additive},
           {"Mul", infer_broadcast, lower_multiply},
           {"Div", infer_broadcast, lower_divide},
           {"Sum", infer_variadic, lower_additive},
           {"Max", infer_variadic, lower_pairs<kCompare>},
           {"Min", infer_variadic, lower_pairs<kCompare>},
           {"Mean", infer_variadic, lower_mean},
           {"Pow", infer_pow, lower_pow},
           arithmetic<kModulo>("Mod"),
           {"PRelu", infer_prelu, lower_pairs<kLeakyRelu>},
           {"Where", infer_where, lower_where},
           comparison("Equal"),
           comparison("Less"),
           comparison("LessOrEqual"),
           comparison("Greater"),
           comparison("GreaterOrEqual"),
           bitwise("And"),
           bitwise("Or"),
           bitwise("Xor"),
           bitwise("BitShift"),
           bitwise("BitwiseAnd"),
           bitwise("BitwiseOr"),
           bitwise("BitwiseXor")}};
}

}  // namespace mensa::onnx_import
