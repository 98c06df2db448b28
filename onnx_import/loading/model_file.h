#pragma once

#include <filesystem>
#include <memory>

#include "onnx_import/operator_graph/tensor_contents.h"

namespace onnx {
class ModelProto;
}

namespace mensa::onnx_import {

/// What protobuf makes of a file.
struct ModelFile {
  std::filesystem::path path;
  std::shared_ptr<const onnx::ModelProto> model;
  /// Of a binary model: the file, which holds the raw data that `model` has marks for
  /// (raw_data_cuts.h). None where `model` holds all data itself.
  std::shared_ptr<const ByteSource> raw_data;
};

/// Reads an ONNX file, binary or protobuf text: the content tells which. Throws base::Error naming
/// the file (and line and column of a text) where it is missing, no regular file, unreadable,
/// empty, over 2 GiB, truncated or damaged, no ONNX model, or beyond the limits of limits.h;
/// protobuf itself says nothing on standard error. What stands in the model is not looked at.
[[nodiscard]] ModelFile read_model_file(const std::filesystem::path& path);

/// Throws base::Error where the model's IR version or the version of ONNX's own operators is not
/// one that mensa reads. Returns the latter.
int checked_opset(const ModelFile& file);

}  // namespace mensa::onnx_import
