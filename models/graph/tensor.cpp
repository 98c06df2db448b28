#include "models/graph/tensor.h"

#include <functional>
#include <numeric>

namespace mensa::models {

std::string_view to_string(ElementType type) {
  switch (type) {
    case ElementType::kFloat32:
      return "float32";
    case ElementType::kFloat64:
      return "float64";
    case ElementType::kFloat16:
      return "float16";
    case ElementType::kBfloat16:
      return "bfloat16";
    case ElementType::kInt64:
      return "int64";
    case ElementType::kInt32:
      return "int32";
    case ElementType::kInt16:
      return "int16";
    case ElementType::kInt8:
      return "int8";
    case ElementType::kUint64:
      return "uint64";
    case ElementType::kUint32:
      return "uint32";
    case ElementType::kUint16:
      return "uint16";
    case ElementType::kUint8:
      return "uint8";
    case ElementType::kInt4:
      return "int4";
    case ElementType::kUint4:
      return "uint4";
    case ElementType::kBool:
      return "bool";
    case ElementType::kString:
      return "string";
    case ElementType::kFloat8E4M3Fn:
      return "float8e4m3fn";
    case ElementType::kFloat8E4M3Fnuz:
      return "float8e4m3fnuz";
    case ElementType::kFloat8E5M2:
      return "float8e5m2";
    case ElementType::kFloat8E5M2Fnuz:
      return "float8e5m2fnuz";
    case ElementType::kFloat4E2M1:
      return "float4e2m1";
  }
  return "?";
}

int bits(ElementType type) {
  switch (type) {
    case ElementType::kFloat64:
    case ElementType::kInt64:
    case ElementType::kUint64:
      return 64;
    case ElementType::kFloat32:
    case ElementType::kInt32:
    case ElementType::kUint32:
      return 32;
    case ElementType::kFloat16:
    case ElementType::kBfloat16:
    case ElementType::kInt16:
    case ElementType::kUint16:
      return 16;
    case ElementType::kInt4:
    case ElementType::kUint4:
    case ElementType::kFloat4E2M1:
      return 4;
    case ElementType::kInt8:
    case ElementType::kUint8:
    case ElementType::kBool:
    case ElementType::kString:
    case ElementType::kFloat8E4M3Fn:
    case ElementType::kFloat8E4M3Fnuz:
    case ElementType::kFloat8E5M2:
    case ElementType::kFloat8E5M2Fnuz:
      return 8;
  }
  return 8;
}

std::string short_name(ElementType type) {
  switch (type) {
    case ElementType::kFloat64:
      return "fp64";
    case ElementType::kFloat32:
      return "fp32";
    case ElementType::kFloat16:
      return "fp16";
    case ElementType::kBfloat16:
      return "bf16";
    default:
      return std::string(to_string(type));
  }
}

std::int64_t Tensor::elements() const {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

}  // namespace mensa::models
