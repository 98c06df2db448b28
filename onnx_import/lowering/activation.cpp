#include "onnx_import/lowering/lowering.h"
#include "onnx_import/lowering/operation_counts.h"
#include "onnx_import/lowering/shared_lowerings.h"
#include "onnx_import/operator_graph/element_types.h"

// Operators that compute each element of their result from the one in its place.

namespace mensa::onnx_import {
namespace {

using models::ElementType;

void infer_bool(TypeContext& node) { node.set_output(0, ElementType::kBool, node.shape(0)); }

template <std::int64_t kOperations>
void lower_unary(LayerContext& node) {
  node.add_vector_layer(kOperations, FusionRole::kUnary);
}

template <std::int64_t kOperations>
constexpr Operator same_type(std::string_view name) {
  return {name, infer_same, lower_unary<kOperations>};
}

/// Limits are immediates: constants of one element.
void infer_clip(TypeContext& node) {
  for (const std::size_t limit : {std::size_t{1}, std::size_t{2}}) {
    if (node.has_input(limit) && !node.input(limit).constant) {
      TypeContext::unsupported("its limits are not constant");
    }
  }
  infer_same(node);
}

void set_type(TypeContext& node, ElementType type) {
  const Value& from = node.input(0);
  if (from.type == type) {
    node.set_view(0, 0, from.shape);
  } else {
    node.set_output(0, type, from.shape);
  }
}

void infer_cast(TypeContext& node) {
  const std::int64_t to = node.attributes().integer_or("to", 0);
  const auto type = element_type(to);
  if (!type) TypeContext::unsupported("to element type " + onnx_type_name(to));
  set_type(node, *type);
}

void infer_cast_like(TypeContext& node) { set_type(node, node.input(1).type); }

/// The second input says the type only.
void lower_cast(LayerContext& node) { node.add_vector_layer_of({0}, kCast, FusionRole::kUnary); }

}  // namespace

Lowering activation_lowering() {
  return {"",
          {same_type<kCompare>("Relu"),
           same_type<kLeakyRelu>("LeakyRelu"),
           same_type<kFunction>("Sigmoid"),
           same_type<kFunction>("Tanh"),
           same_type<kFunction>("Elu"),
           same_type<kFunction>("Selu"),
           same_type<kFunction>("Celu"),
           same_type<kFunction>("Gelu"),
           same_type<kFunction>("Mish"),
           same_type<kFunction>("Swish"),
           same_type<kFunction>("Softplus"),
           same_type<kFunction>("Softsign"),
           same_type<kHardSigmoid>("HardSigmoid"),
           same_type<kHardSwish>("HardSwish"),
           same_type<kThresholdedRelu>("ThresholdedRelu"),
           same_type<kShrink>("Shrink"),
           same_type<kSimple>("Abs"),
           same_type<kSimple>("Neg"),
           same_type<kSimple>("Sign"),
           same_type<kSimple>("Not"),
           same_type<kSimple>("BitwiseNot"),
           same_type<kSimple>("Ceil"),
           same_type<kSimple>("Floor"),
           same_type<kSimple>("Round"),
           same_type<kFunction>("Reciprocal"),
           same_type<kFunction>("Sqrt"),
           same_type<kFunction>("Exp"),
           same_type<kFunction>("Log"),
           same_type<kFunction>("Erf"),
           same_type<kFunction>("Sin"),
           same_type<kFunction>("Cos"),
           same_type<kFunction>("Tan"),
           same_type<kFunction>("Asin"),
           same_type<kFunction>("Acos"),
           same_type<kFunction>("Atan"),
           same_type<kFunction>("Sinh"),
           same_type<kFunction>("Cosh"),
           same_type<kFunction>("Asinh"),
           same_type<kFunction>("Acosh"),
           same_type<kFunction>("Atanh"),
           {"IsNaN", infer_bool, lower_unary<kSimple>},
           {"IsInf", infer_bool, lower_unary<kSimple>},
           {"Clip", infer_clip, lower_unary<kClip>},
           {"Cast", infer_cast, lower_cast},
           {"CastLike", infer_cast_like, lower_cast}}};
}

}  // namespace mensa::onnx_import
