#pragma once

#include <cstdint>
#include <optional>

#include "models/graph/sparsity.h"
#include "onnx_import/annotate/structure.h"
#include "onnx_import/operator_graph/tensor_contents.h"

namespace mensa::onnx_import {

/// Whether a tensor of that shape has two axes of more than one element.
[[nodiscard]] bool is_matrix(const Shape& shape);

/// Reads the elements once and counts those that equal `zero` (in the type's bits). A tensor all of
/// whose elements are the same tells nothing of the weights it may stand for: its density is
/// unknown then. The structure is found for tensors with a layout and two axes of more than one
/// element. Which elements are not zero is kept, where some are; of a sparse tensor only where no
/// more than kMostSparseElements are left out for each that is there. `shape` is not empty of
/// elements. Throws base::Error where a file cannot be read any more.
[[nodiscard]] models::SparsityProfile measure_sparsity(const TensorContents& contents,
                                                       const Shape& shape,
                                                       std::optional<WeightLayout> layout,
                                                       std::int64_t zero);

/// A bit for each of them takes 16 times the memory of the places themselves.
inline constexpr std::int64_t kMostSparseElements = 1024;

}  // namespace mensa::onnx_import
