#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "models/graph/tensor.h"
#include "onnx_import/operator_graph/tensor_contents.h"

namespace mensa::onnx_import {

using Shape = std::vector<std::int64_t>;

/// What import keeps of a tensor in the file: its type, and the values of small ones.
struct ConstantData {
  models::ElementType type = models::ElementType::kFloat32;
  Shape shape;
  std::optional<std::vector<std::int64_t>> integers;  ///< of integers and bools
  std::optional<std::vector<double>> floats;          ///< of floats of all widths
  /// Only the shape is in the file.
  bool values_unknown = false;
  /// Where the elements are; null for strings and where the values are unknown.
  std::shared_ptr<const TensorContents> contents;
};

}  // namespace mensa::onnx_import
