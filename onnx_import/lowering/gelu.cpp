#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "onnx_import/lowering/lowering.h"
#include "onnx_import/lowering/operation_counts.h"

// Forms of GELU that com.microsoft has; each is one table, and a bias before it one addition.

namespace mensa::onnx_import {
namespace {

constexpr std::size_t kGeluBias = 1;

void infer_gelu(TypeContext& node) {
  const Shape& data = node.shape(0);
  if (node.has_input(kGeluBias) && (data.empty() || node.shape(kGeluBias) != Shape{data.back()})) {
    TypeContext::fail(fmt::format("its bias has shape {}, its input {}",
                                  fmt::join(node.shape(kGeluBias), "x"), fmt::join(data, "x")));
  }
  node.set_output(0, node.input(0).type, data);
}

void lower_gelu(LayerContext& node) {
  const bool biased = node.has_input(kGeluBias);
  const bool computed_bias = biased && !node.input(kGeluBias).constant;
  node.add_vector_layer(kTable + (biased ? kArithmetic : 0),
                        computed_bias ? FusionRole::kNone : FusionRole::kUnary);
}

}  // namespace

Lowering gelu_lowering() {
  return {"com.microsoft",
          {{"Gelu", infer_gelu, lower_gelu},
           {"FastGelu", infer_gelu, lower_gelu},
           {"BiasGelu", infer_gelu, lower_gelu},
           {"QuickGelu", infer_gelu, lower_gelu}}};
}

}  // namespace mensa::onnx_import
