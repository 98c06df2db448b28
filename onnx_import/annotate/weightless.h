#pragma once

#include <optional>
#include <string>

#include "onnx_import/draft/draft.h"

namespace mensa::onnx_import {

/// A line for the model's notes where the values of its parameters, or of some weight matrices,
/// tell nothing of their sparsity.
[[nodiscard]] std::optional<std::string> unknown_weights_note(const Draft& draft);

}  // namespace mensa::onnx_import
