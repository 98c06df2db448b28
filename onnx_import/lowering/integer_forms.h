#pragma once

#include <string_view>

#include "onnx_import/draft/draft.h"

namespace mensa::onnx_import {

/// Whether runtimes for edge devices have kernels of the operator on 8-bit tensors. Functions of
/// one element need not be asked for: on 8 bits each is a table.
[[nodiscard]] IntegerForm integer_form(std::string_view op);

}  // namespace mensa::onnx_import
