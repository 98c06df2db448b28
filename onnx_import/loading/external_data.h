#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "onnx_import/operator_graph/tensor_contents.h"

namespace onnx {
class TensorProto;
}

namespace mensa::onnx_import {

/// Finds tensors' data in files beside the model ("external data"). A model can only name files in
/// its own folder and the folders in it.
class ExternalData {
 public:
  /// `required`: a missing file is an error; else its tensors have no values.
  ExternalData(const std::filesystem::path& model, bool required);

  /// Where the tensor's `bytes` bytes are; none where the file is missing and may be. Throws
  /// base::Error that names the file: for one outside of the model's folder (an absolute path,
  /// "..", a symbolic link), missing, no regular file or too short, for offsets and lengths that
  /// are none or not the tensor's, and where tensors lie over each other many times.
  [[nodiscard]] std::optional<ByteRange> find(const onnx::TensorProto& tensor, std::uint64_t bytes);

 private:
  struct File {
    std::shared_ptr<const ByteSource> source;  ///< null where it is missing and may be
    std::uint64_t size = 0;
    std::uint64_t claimed = 0;  ///< by tensors, counted as often as they claim it
  };
  [[nodiscard]] const File& open(const std::string& location);

  std::filesystem::path folder_;
  bool required_;
  std::map<std::string, File> files_;
};

}  // namespace mensa::onnx_import
