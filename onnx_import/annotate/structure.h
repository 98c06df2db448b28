#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "models/graph/sparsity.h"
#include "onnx_import/annotate/nonzero_bits.h"
#include "onnx_import/operator_graph/constant_data.h"

namespace mensa::onnx_import {

/// Which axes of a weight tensor count its output channels and what a product sums over.
struct WeightLayout {
  std::size_t output_axis = 0;
  std::size_t reduction_axis = 1;
  friend auto operator<=>(const WeightLayout&, const WeightLayout&) = default;
};

/// How the zeros of a tensor lie. `shape` has at least two axes, its elements are those of `bits`
/// (none empty), the layout's axes differ and are among its own. Costs some operations per 8
/// elements.
[[nodiscard]] models::SparsityStructure dense_structure(const NonzeroBits& bits, const Shape& shape,
                                                        WeightLayout layout);

/// The same for a tensor of which only the places of values that are not zero are given, as
/// ascending row-major indices. Needs memory for those alone, however large the tensor is.
[[nodiscard]] models::SparsityStructure sparse_structure(std::span<const std::int64_t> places,
                                                         const Shape& shape, WeightLayout layout);

}  // namespace mensa::onnx_import
