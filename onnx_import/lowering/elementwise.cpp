#include <fmt/format.h>
#include <fmt/ranges.h>

#include <limits>
#include <optional>
#include <utility>

#include "onnx_import/lowering/broadcast.h"
#include "onnx_import/lowering/lowering.h"
#include "onnx_import/lowering/operation_counts.h"
#include "onnx_import/operator_graph/limits.h"

namespace mensa::onnx_import {
namespace {

using models::ElementType;

// Integer arithmetic for shape computations. Each returns false where the result does not fit.
bool add(std::int64_t a, std::int64_t b, std::int64_t& r) {
  return !__builtin_add_overflow(a, b, &r);
}
bool subtract(std::int64_t a, std::int64_t b, std::int64_t& r) {
  return !__builtin_sub_overflow(a, b, &r);
}
bool multiply(std::int64_t a, std::int64_t b, std::int64_t& r) {
  return !__builtin_mul_overflow(a, b, &r);
}
bool divide(std::int64_t a, std::int64_t b, std::int64_t& r) {
  if (b == 0 || (a == std::numeric_limits<std::int64_t>::min() && b == -1)) return false;
  r = a / b;  // towards zero, as ONNX has it
  return true;
}
bool equal(std::int64_t a, std::int64_t b, std::int64_t& r) {
  r = a == b ? 1 : 0;
  return true;
}

using IntegerOperation = bool (*)(std::int64_t, std::int64_t, std::int64_t&);

Shape broadcast_all(const TypeContext& node) {
  Shape shape = node.shape(0);
  for (std::size_t i = 1; i < node.input_count(); ++i) {
    auto wider = broadcast_shape(shape, node.shape(i));
    if (!wider) {
      TypeContext::fail(fmt::format("shapes {} and {} do not broadcast", fmt::join(shape, "x"),
                                    fmt::join(node.shape(i), "x")));
    }
    shape = std::move(*wider);
  }
  return shape;
}

/// Sets the result's values where both operands are known and it is small.
void fold(TypeContext& node, const Shape& shape, IntegerOperation operation) {
  const Value& a = node.input(0);
  const Value& b = node.input(1);
  const auto count = element_count(shape);
  if (!a.integers || !b.integers || !count || *count > kMostKeptIntegers) return;
  const auto from_a = broadcast_positions(a.shape, shape);
  const auto from_b = broadcast_positions(b.shape, shape);
  std::vector<std::int64_t> values(from_a.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!operation((*a.integers)[from_a[i]], (*b.integers)[from_b[i]], values[i])) {
      TypeContext::fail("integer overflow or division by zero in a constant");
    }
  }
  node.set_integers(0, std::move(values));
}

template <IntegerOperation kOperation>
void infer_arithmetic(TypeContext& node) {
  const Shape shape = broadcast_all(node);
  node.set_output(0, node.input(0).type, shape);
  fold(node, shape, kOperation);
}

void infer_equal(TypeContext& node) {
  const Shape shape = broadcast_all(node);
  node.set_output(0, ElementType::kBool, shape);
  fold(node, shape, equal);
}

void infer_sum(TypeContext& node) {
  if (node.input_count() == 1) return node.set_view(0, 0, node.shape(0));
  node.set_output(0, node.input(0).type, broadcast_all(node));
}

DraftLayer& add_layer(LayerContext& node) {
  const auto operands = static_cast<std::int64_t>(node.node().inputs.size());
  node.add_vector_layer(kArithmetic * (operands - 1));
  return node.draft().layers.back();
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
  entry.channels = broadcast_channels(node.shape(*constant), result);
  entry.role = entry.channels.extent == 0 ? FusionRole::kUnary : role_of_constant;
}

void lower_additive(LayerContext& node) {
  DraftLayer& entry = add_layer(node);
  set_role(node, entry, FusionRole::kShift);
  if (entry.role != FusionRole::kNone) return;
  for (std::size_t i = 0; i < node.node().inputs.size(); ++i) {
    if (node.input(i).constant || node.shape(i) != node.output(0).shape) return;
  }
  entry.role = FusionRole::kResidual;
}

void lower_multiply(LayerContext& node) {
  DraftLayer& entry = add_layer(node);
  set_role(node, entry, FusionRole::kScale);
}

void lower_divide(LayerContext& node) {
  DraftLayer& entry = add_layer(node);
  // Dividing by a constant scales; a constant divided by x is a function of x.
  const bool scales = constant_operand(node) == std::size_t{1};
  set_role(node, entry, scales ? FusionRole::kScale : FusionRole::kUnary);
}

void lower_equal(LayerContext& node) { add_layer(node); }

}  // namespace

Lowering elementwise_lowering() {
  return {"",
          {{"Add", infer_arithmetic<add>, lower_additive},
           {"Sub", infer_arithmetic<subtract>, lower_additive},
           {"Mul", infer_arithmetic<multiply>, lower_multiply},
           {"Div", infer_arithmetic<divide>, lower_divide},
           {"Sum", infer_sum, lower_additive},
           {"Equal", infer_equal, lower_equal}}};
}

}  // namespace mensa::onnx_import
