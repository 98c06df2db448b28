#pragma once

#include <filesystem>

namespace onnx {
class ModelProto;
}

namespace mensa::onnx_import {

/// Reads an ONNX model from protobuf's text form. Throws base::Error with file, line and column at
/// the first thing that is not of that form or no part of a model.
void read_text_model(const std::filesystem::path& path, onnx::ModelProto& model);

}  // namespace mensa::onnx_import
