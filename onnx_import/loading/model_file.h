#pragma once

#include <filesystem>

namespace onnx {
class ModelProto;
}

namespace mensa::onnx_import {

/// Reads a binary ONNX file. Throws base::Error naming the file where it is missing, no regular
/// file, unreadable, empty, text, over 2 GiB, truncated or damaged, or no ONNX model; protobuf
/// itself says nothing on standard error. What stands in the model is not looked at.
void read_model_file(const std::filesystem::path& path, onnx::ModelProto& model);

/// Throws base::Error where the model's IR version or the version of ONNX's own operators is not
/// one that mensa reads. Returns the latter.
int checked_opset(const onnx::ModelProto& model, const std::filesystem::path& path);

}  // namespace mensa::onnx_import
