#pragma once

#include <filesystem>

#include "onnx_import/operator_graph/operator_graph.h"

namespace onnx {
class ModelProto;
}

namespace mensa::onnx_import {

/// The operator graph of a model: names resolved to values through all scopes, nodes named, in the
/// order of the file. Nothing of the model is referred to afterwards. Throws base::Error naming
/// file, node and value where a value is defined twice or not at all, and for damaged constants.
[[nodiscard]] OperatorGraph convert_model(const onnx::ModelProto& model, int opset,
                                          const std::filesystem::path& path);

}  // namespace mensa::onnx_import
