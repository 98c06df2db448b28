#include "onnx_import/operator_graph/element_types.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace mensa::onnx_import {
namespace {

using models::ElementType;

struct OnnxType {
  std::int64_t number;
  std::string_view name;
  std::optional<ElementType> type;
};

// onnx.proto, TensorProto.DataType, as of IR version 11.
constexpr std::array kOnnxTypes = {
    OnnxType{1, "float", ElementType::kFloat32},
    OnnxType{2, "uint8", ElementType::kUint8},
    OnnxType{3, "int8", ElementType::kInt8},
    OnnxType{4, "uint16", ElementType::kUint16},
    OnnxType{5, "int16", ElementType::kInt16},
    OnnxType{6, "int32", ElementType::kInt32},
    OnnxType{7, "int64", ElementType::kInt64},
    OnnxType{8, "string", ElementType::kString},
    OnnxType{9, "bool", ElementType::kBool},
    OnnxType{10, "float16", ElementType::kFloat16},
    OnnxType{11, "double", ElementType::kFloat64},
    OnnxType{12, "uint32", ElementType::kUint32},
    OnnxType{13, "uint64", ElementType::kUint64},
    OnnxType{14, "complex64", std::nullopt},
    OnnxType{15, "complex128", std::nullopt},
    OnnxType{16, "bfloat16", ElementType::kBfloat16},
    OnnxType{17, "float8e4m3fn", ElementType::kFloat8E4M3Fn},
    OnnxType{18, "float8e4m3fnuz", ElementType::kFloat8E4M3Fnuz},
    OnnxType{19, "float8e5m2", ElementType::kFloat8E5M2},
    OnnxType{20, "float8e5m2fnuz", ElementType::kFloat8E5M2Fnuz},
    OnnxType{21, "uint4", ElementType::kUint4},
    OnnxType{22, "int4", ElementType::kInt4},
    OnnxType{23, "float4e2m1", ElementType::kFloat4E2M1},
};

const OnnxType* find_onnx_type(std::int64_t number) {
  const auto* const found = std::find_if(kOnnxTypes.begin(), kOnnxTypes.end(),
                                         [&](const OnnxType& row) { return row.number == number; });
  return found == kOnnxTypes.end() ? nullptr : found;
}

}  // namespace

std::optional<ElementType> element_type(std::int64_t onnx_number) {
  const OnnxType* row = find_onnx_type(onnx_number);
  return row == nullptr ? std::nullopt : row->type;
}

std::string onnx_type_name(std::int64_t onnx_number) {
  const OnnxType* row = find_onnx_type(onnx_number);
  return fmt::format("{} ({})", row == nullptr ? "unknown" : row->name, onnx_number);
}

bool is_float(ElementType type) {
  switch (type) {
    case ElementType::kFloat32:
    case ElementType::kFloat64:
    case ElementType::kFloat16:
    case ElementType::kBfloat16:
    case ElementType::kFloat8E4M3Fn:
    case ElementType::kFloat8E4M3Fnuz:
    case ElementType::kFloat8E5M2:
    case ElementType::kFloat8E5M2Fnuz:
    case ElementType::kFloat4E2M1:
      return true;
    default:
      return false;
  }
}

bool is_integral(ElementType type) { return !is_float(type) && type != ElementType::kString; }

bool fits_type(std::int64_t value, ElementType type) {
  const auto within = [&](int sign_bits, int value_bits) {
    const std::int64_t limit = std::int64_t{1} << value_bits;
    return value < limit && value >= (sign_bits == 0 ? 0 : -limit);
  };
  switch (type) {
    case ElementType::kInt64:
      return true;
    case ElementType::kUint64:
      return value >= 0;
    case ElementType::kBool:
      return value == 0 || value == 1;
    case ElementType::kInt32:
    case ElementType::kInt16:
    case ElementType::kInt8:
    case ElementType::kInt4:
      return within(1, models::bits(type) - 1);
    default:
      return within(0, models::bits(type));
  }
}

}  // namespace mensa::onnx_import
