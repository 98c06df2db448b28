#pragma once

#include <cstddef>
#include <cstdint>
#include <variant>
#include <vector>

#include "models/graph/tensor.h"
#include "onnx_import/operator_graph/constant_data.h"

namespace mensa::onnx_import {

/// Elements of a tensor in row-major order: floats of all widths as fp32, integers and bools (0 and
/// 1) as 64 bits, each within its own type.
using TensorElements = std::variant<std::vector<float>, std::vector<std::int64_t>>;

/// A tensor with its elements while a network is executed.
struct TensorValue {
  Shape shape;
  TensorElements elements;

  [[nodiscard]] std::size_t size() const {
    return std::visit([](const auto& held) { return held.size(); }, elements);
  }
};

/// Whether tensors of that type can be executed: floats of 16 bits and more, integers of 8 bits and
/// more but uint64, and bools.
[[nodiscard]] bool is_executable(models::ElementType type);

/// Bytes that an element of that type takes in a TensorValue.
[[nodiscard]] std::int64_t value_bytes(models::ElementType type);

/// The value that an integral type holds of an integer: its low bits, as hardware wraps around; 1
/// for bools that are not 0.
[[nodiscard]] std::int64_t wrapped(std::int64_t value, models::ElementType type);

}  // namespace mensa::onnx_import
