#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "onnx_import/execution/tensor_value.h"
#include "onnx_import/operator_graph/operator_graph.h"

namespace mensa::onnx_import {

/// A file that holds one tensor: NumPy's .npy or a serialized TensorProto (.pb). Type and shape are
/// known before the elements are read.
class TensorFile {
 public:
  /// Whether a file of that name is one.
  [[nodiscard]] static bool is_one(const std::filesystem::path& path);

  /// Throws base::Error naming the file where it is missing, damaged or of a form that mensa does
  /// not read: big-endian or in Fortran's order with several axes, of another kind than numbers,
  /// or, of a TensorProto, over `most_bytes`.
  TensorFile(std::filesystem::path path, std::uint64_t most_bytes);

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// As the file has it; empty where it has none, as .npy.
  [[nodiscard]] const std::string& name() const { return value_.name; }
  [[nodiscard]] models::ElementType type() const { return value_.type; }
  [[nodiscard]] const Shape& shape() const { return value_.shape; }

  /// The elements. base::Error where the file cannot be read any more, or is of a type that is not
  /// executed.
  [[nodiscard]] TensorValue load() const;

 private:
  void read_npy();
  void read_proto(std::uint64_t most_bytes);
  [[noreturn]] void fail(const std::string& what) const;

  std::filesystem::path path_;
  Value value_;  ///< a constant without a model
};

}  // namespace mensa::onnx_import
