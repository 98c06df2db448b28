#pragma once

#include "onnx_import/loading/model_file.h"
#include "onnx_import/operator_graph/operator_graph.h"

namespace mensa::onnx_import {

/// The operator graph of a model: names resolved to values through all scopes, nodes named, in the
/// order of the file, calls of the model's own functions replaced by their bodies. Constants refer
/// to where their data are (Value::contents), in the model or in files, which they keep. Throws
/// base::Error naming file, node and value where a value is defined twice or not at all, for
/// damaged constants, for functions that call themselves, and beyond the limits of limits.h.
/// `weights_required`: missing files of external data are errors.
[[nodiscard]] OperatorGraph convert_model(const ModelFile& file, int opset, bool weights_required);

}  // namespace mensa::onnx_import
