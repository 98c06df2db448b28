#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "models/graph/tensor.h"

namespace mensa::onnx_import {

using Shape = std::vector<std::int64_t>;

/// What import keeps of a tensor in the file: its type, and the values of small integer ones.
struct ConstantData {
  models::ElementType type = models::ElementType::kFloat32;
  Shape shape;
  std::optional<std::vector<std::int64_t>> integers;
  /// Only the shape is in the file.
  bool values_unknown = false;
};

}  // namespace mensa::onnx_import
