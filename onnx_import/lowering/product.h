#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "onnx_import/draft/draft.h"
#include "onnx_import/lowering/layer_context.h"
#include "onnx_import/operator_graph/constant_data.h"

namespace mensa::onnx_import {

/// Places of the factors A and B among the inputs of MatMul and Gemm.
inline constexpr std::size_t kFactorA = 0;
inline constexpr std::size_t kFactorB = 1;

/// A [batch..., rows, inner] times B [batch..., inner, columns] with the batch axes broadcast. A
/// vector is a matrix of one row (A) or one column (B), an axis that the result does not have.
struct Product {
  std::int64_t rows = 1;
  std::int64_t inner = 1;
  std::int64_t columns = 1;
  /// Batch axes along which only A varies, only B varies, and both do.
  std::int64_t batch_of_a = 1;
  std::int64_t batch_of_b = 1;
  std::int64_t batch_of_both = 1;
  Shape result;
};

/// The product of two operands of these shapes, by numpy's rules for matmul; base::Error where they
/// do not fit.
[[nodiscard]] Product product_of(const Shape& a, const Shape& b);

/// The batch axes of an operand: all but its last two, if it has so many.
[[nodiscard]] Shape batch_axes(const Shape& operand);

/// The MAC work of a product. Exact for every broadcast: rows that share a B stand below each
/// other, columns that share an A side by side, and only what varies in both needs a product of its
/// own. `a_is_weights`: (A B)' = B' A', so that the constant factor A takes the place of weights.
[[nodiscard]] models::ProblemShape product_shape(const Product& product, bool a_is_weights);

/// A layer for the product of inputs `a` and `b` of the node, either of which may be constant.
/// Outputs and epilogue are left to the caller.
[[nodiscard]] DraftLayer product_layer(LayerContext& node, std::size_t a, std::size_t b,
                                       const Product& product);

/// The same for tensors that are no inputs of the node: `a` [.., rows, inner] and `b`.
[[nodiscard]] DraftLayer product_layer(LayerContext& node, std::string_view part,
                                       models::TensorId a, models::TensorId b,
                                       const Product& product);

}  // namespace mensa::onnx_import
