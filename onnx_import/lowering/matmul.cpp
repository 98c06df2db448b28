#include <algorithm>
#include <utility>

#include "onnx_import/lowering/lowering.h"
#include "onnx_import/lowering/product.h"

namespace mensa::onnx_import {
namespace {

void infer_matmul(TypeContext& node) {
  node.set_output(0, node.input(kFactorA).type,
                  product_of(node.shape(kFactorA), node.shape(kFactorB)).result);
}

void lower_matmul(LayerContext& node) {
  DraftLayer entry = product_layer(node, kFactorA, kFactorB,
                                   product_of(node.shape(kFactorA), node.shape(kFactorB)));
  entry.layer.outputs = {node.write(0)};
  node.add(std::move(entry));
}

/// The shape of an operand of FusedMatMul as the product sees it: the first axis moved behind the
/// other batch axes (transBatch), and the last two swapped (trans).
Shape transposed(Shape shape, bool batch, bool matrix) {
  if (shape.size() < 2) return shape;
  if (batch) std::rotate(shape.begin(), shape.begin() + 1, shape.end() - 1);
  if (matrix) std::swap(shape[shape.size() - 1], shape[shape.size() - 2]);
  return shape;
}

template <class Context>
Product fused_product(const Context& node) {
  const auto flag = [&](const char* name) { return node.attributes().integer_or(name, 0) != 0; };
  return product_of(transposed(node.shape(kFactorA), flag("transBatchA"), flag("transA")),
                    transposed(node.shape(kFactorB), flag("transBatchB"), flag("transB")));
}

void infer_fused_matmul(TypeContext& node) {
  node.set_output(0, node.input(kFactorA).type, fused_product(node).result);
}

/// Factors may be read in any order of their axes; alpha goes into the output's scale.
void lower_fused_matmul(LayerContext& node) {
  DraftLayer entry = product_layer(node, kFactorA, kFactorB, fused_product(node));
  entry.layer.outputs = {node.write(0)};
  node.add(std::move(entry));
}

}  // namespace

Lowering matmul_lowering() { return {"", {{"MatMul", infer_matmul, lower_matmul}}}; }

Lowering fused_matmul_lowering() {
  return {"com.microsoft",
          {{"FusedMatMul", infer_fused_matmul, lower_fused_matmul},
           {"TransposeMatMul", infer_fused_matmul, lower_fused_matmul}}};
}

}  // namespace mensa::onnx_import
