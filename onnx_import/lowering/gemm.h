#pragma once

#include <cstddef>

#include "onnx_import/lowering/product.h"
#include "onnx_import/lowering/type_context.h"

namespace mensa::onnx_import {

/// The place of what is added to the product, of Gemm's inputs.
inline constexpr std::size_t kGemmC = 2;

/// A' times B', where ' transposes if the attributes transA and transB say so; base::Error where
/// they are no matrices that fit.
[[nodiscard]] Product gemm_product(const Attributes& attributes, const Shape& a, const Shape& b);

/// Throws base::Error where the bias (input `index`) is there and does not broadcast to the result.
void check_gemm_bias(const TypeContext& node, std::size_t index, const Shape& result);

}  // namespace mensa::onnx_import
