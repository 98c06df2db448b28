#pragma once

#include <cstdint>
#include <optional>

#include "models/graph/sparsity.h"
#include "onnx_import/annotate/structure.h"
#include "onnx_import/operator_graph/tensor_contents.h"

namespace mensa::onnx_import {

/// Reads the elements once and counts those that equal `zero` (in the type's bits). A tensor all of
/// whose elements are the same tells nothing of the weights it may stand for: its density is
/// unknown then. The structure is found for tensors with a layout and two axes of more than one
/// element. `shape` is not empty of elements. Throws base::Error where a file cannot be read any
/// more.
[[nodiscard]] models::SparsityProfile measure_sparsity(const TensorContents& contents,
                                                       const Shape& shape,
                                                       std::optional<WeightLayout> layout,
                                                       std::int64_t zero);

}  // namespace mensa::onnx_import
