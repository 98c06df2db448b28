#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "onnx_import/operator_graph/operator_graph.h"

namespace mensa::onnx_import {

/// Whether an axis counts the examples of a batch: every axis that is named so ("batch_size"),
/// wherever it stands, as behind the sequence in PyTorch's recurrent networks; of an input with no
/// such name, the first.
[[nodiscard]] bool is_batch_axis(const std::vector<DeclaredAxis>& axes, std::size_t index);

/// Whether an open axis that counts a batch is 1 where nothing else is said. A first axis with a
/// name of another kind may be a sequence, for which no value would be right.
[[nodiscard]] bool names_batch(std::string_view name);

}  // namespace mensa::onnx_import
