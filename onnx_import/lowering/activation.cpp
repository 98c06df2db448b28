#include <algorithm>

#include "onnx_import/lowering/lowering.h"
#include "onnx_import/lowering/operation_counts.h"
#include "onnx_import/operator_graph/element_types.h"

namespace mensa::onnx_import {
namespace {

void infer_same(TypeContext& node) { node.set_output(0, node.input(0).type, node.shape(0)); }

template <std::int64_t kOperations>
void lower_unary(LayerContext& node) {
  node.add_vector_layer(kOperations, FusionRole::kUnary);
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

void infer_cast(TypeContext& node) {
  const std::int64_t to = node.attributes().integer_or("to", 0);
  const auto type = element_type(to);
  if (!type) TypeContext::unsupported("to element type " + onnx_type_name(to));
  const Value& from = node.input(0);
  if (from.type == *type) {
    node.set_view(0, 0, from.shape);
    return;
  }
  node.set_output(0, *type, from.shape);
  if (!from.integers || !is_integral(*type)) return;
  std::vector<std::int64_t> values = *from.integers;
  // Narrowing of values that do not fit is not defined by ONNX; shapes and indices fit.
  if (*type == models::ElementType::kBool) {
    for (std::int64_t& value : values) value = value != 0 ? 1 : 0;
  }
  node.set_integers(0, std::move(values));
}

}  // namespace

Lowering activation_lowering() {
  return {"",
          {{"Relu", infer_same, lower_unary<kCompare>},
           {"LeakyRelu", infer_same, lower_unary<kLeakyRelu>},
           {"Clip", infer_clip, lower_unary<kClip>},
           {"Sigmoid", infer_same, lower_unary<kTable>},
           {"Tanh", infer_same, lower_unary<kTable>},
           {"Cast", infer_cast, lower_unary<kCast>}}};
}

}  // namespace mensa::onnx_import
