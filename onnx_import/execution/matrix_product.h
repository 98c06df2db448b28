#pragma once

#include <cstdint>

namespace mensa::onnx_import {

/// A matrix of floats that somebody else holds; element (i, j) is at i row_step + j column_step.
struct MatrixView {
  const float* data = nullptr;
  std::int64_t row_step = 0;
  std::int64_t column_step = 1;
};

/// result += a b, where a has `rows` x `inner` elements, b `inner` x `columns`, and the rows of the
/// result are `result_step` apart. Sums are taken in single precision, in blocks of the inner axis.
void add_product(std::int64_t rows, std::int64_t columns, std::int64_t inner, const MatrixView& a,
                 const MatrixView& b, float* result, std::int64_t result_step);

}  // namespace mensa::onnx_import
