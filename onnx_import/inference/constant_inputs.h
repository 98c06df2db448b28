#pragma once

#include "onnx_import/import.h"
#include "onnx_import/operator_graph/operator_graph.h"

namespace mensa::onnx_import {

/// Makes constants of the inputs that the options give values for; they are no inputs any more.
/// Throws base::Error for a name that no input has, and for values that do not fit the declared
/// type or shape. Integers and floats beyond the limits of limits.h keep only their shape.
void bind_constant_inputs(OperatorGraph& graph, const ImportOptions& options);

}  // namespace mensa::onnx_import
