#include "onnx_import/execution/tensor_value.h"

#include "onnx_import/operator_graph/element_types.h"

namespace mensa::onnx_import {

using models::ElementType;

bool is_executable(ElementType type) {
  switch (type) {
    case ElementType::kFloat32:
    case ElementType::kFloat64:
    case ElementType::kFloat16:
    case ElementType::kBfloat16:
    case ElementType::kInt64:
    case ElementType::kInt32:
    case ElementType::kInt16:
    case ElementType::kInt8:
    case ElementType::kUint32:
    case ElementType::kUint16:
    case ElementType::kUint8:
    case ElementType::kBool:
      return true;
    default:
      return false;
  }
}

std::int64_t value_bytes(ElementType type) {
  return is_float(type) ? sizeof(float) : sizeof(std::int64_t);
}

std::int64_t wrapped(std::int64_t value, ElementType type) {
  if (type == ElementType::kBool) return value != 0 ? 1 : 0;
  const int width = models::bits(type);
  if (width >= 64) return value;
  const std::uint64_t range = std::uint64_t{1} << width;
  const auto low = static_cast<std::int64_t>(static_cast<std::uint64_t>(value) & (range - 1));
  const bool negative = fits_type(-1, type) && low >= static_cast<std::int64_t>(range / 2);
  return negative ? low - static_cast<std::int64_t>(range) : low;
}

}  // namespace mensa::onnx_import
