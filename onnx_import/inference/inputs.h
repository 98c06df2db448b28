#pragma once

#include "onnx_import/import.h"
#include "onnx_import/operator_graph/operator_graph.h"

namespace mensa::onnx_import {

/// Gives each input of the model its shape from the file and the options. Throws base::Error that
/// lists every open axis without a value and how to set it, for a value that no axis takes, and
/// where an extent is not positive.
void bind_inputs(OperatorGraph& graph, const ImportOptions& options);

}  // namespace mensa::onnx_import
