#include "onnx_import/lowering/gemm.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <utility>

#include "onnx_import/lowering/broadcast.h"
#include "onnx_import/lowering/epilogue.h"
#include "onnx_import/lowering/lowering.h"

namespace mensa::onnx_import {

Product gemm_product(const Attributes& attributes, const Shape& a, const Shape& b) {
  const bool a_transposed = attributes.integer_or("transA", 0) != 0;
  const bool b_transposed = attributes.integer_or("transB", 0) != 0;
  if (a.size() != 2 || b.size() != 2 || a[a_transposed ? 0 : 1] != b[b_transposed ? 1 : 0]) {
    TypeContext::fail(fmt::format("cannot multiply {}{} by {}{}", fmt::join(a, "x"),
                                  a_transposed ? " transposed" : "", fmt::join(b, "x"),
                                  b_transposed ? " transposed" : ""));
  }
  Product product;
  product.rows = a[a_transposed ? 1 : 0];
  product.inner = a[a_transposed ? 0 : 1];
  product.columns = b[b_transposed ? 0 : 1];
  product.result = {product.rows, product.columns};
  return product;
}

void check_gemm_bias(const TypeContext& node, std::size_t index, const Shape& result) {
  if (!node.has_input(index) || broadcast_shape(node.shape(index), result) == result) return;
  TypeContext::fail(fmt::format("its bias of shape {} does not broadcast to {}",
                                fmt::join(node.shape(index), "x"), fmt::join(result, "x")));
}

namespace {

void infer_gemm(TypeContext& node) {
  const Product product =
      gemm_product(node.attributes(), node.shape(kFactorA), node.shape(kFactorB));
  check_gemm_bias(node, kGemmC, product.result);
  node.set_output(0, node.input(kFactorA).type, product.result);
}

DraftLayer gemm_layer(LayerContext& node) {
  DraftLayer entry =
      product_layer(node, kFactorA, kFactorB,
                    gemm_product(node.attributes(), node.shape(kFactorA), node.shape(kFactorB)));
  entry.layer.outputs = {node.write(0)};
  if (node.has_input(kGemmC)) add_bias(node, entry, kGemmC);
  return entry;
}

void lower_gemm(LayerContext& node) { node.add(gemm_layer(node)); }

void infer_fused_gemm(TypeContext& node) {
  const std::string activation = node.attributes().string_or("activation", "");
  if (!activation.empty() && !activation_operations(activation)) {
    TypeContext::unsupported(fmt::format("its activation '{}'", activation));
  }
  infer_gemm(node);
}

void lower_fused_gemm(LayerContext& node) {
  DraftLayer entry = gemm_layer(node);
  const std::string activation = node.attributes().string_or("activation", "");
  if (const auto operations = activation_operations(activation)) {
    add_activation(node, entry, activation, *operations);
  }
  node.add(std::move(entry));
}

}  // namespace

Lowering gemm_lowering() { return {"", {{"Gemm", infer_gemm, lower_gemm}}}; }

Lowering fused_gemm_lowering() {
  return {"com.microsoft", {{"FusedGemm", infer_fused_gemm, lower_fused_gemm}}};
}

}  // namespace mensa::onnx_import
