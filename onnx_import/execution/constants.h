#pragma once

#include "onnx_import/execution/tensor_value.h"
#include "onnx_import/operator_graph/operator_graph.h"

namespace mensa::onnx_import {

/// Whether the elements of a value are in the model or known from it: an initializer, or what was
/// computed of constants. So are those of one without elements.
[[nodiscard]] bool is_held(const Value& value);

/// The elements of such a value, of an executable type. Throws base::Error naming it where the file
/// cannot be read any more.
[[nodiscard]] TensorValue load_constant(const Value& value);

}  // namespace mensa::onnx_import
