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
      return 4;
    case ElementType::kInt8:
    case ElementType::kUint8:
    case ElementType::kBool:
    case ElementType::kString:
      return 8;
  }
  return 8;
}

std::string_view to_string(DensityOrigin origin) {
  switch (origin) {
    case DensityOrigin::kAssumedDense:
      return "assumed dense";
    case DensityOrigin::kUnknown:
      return "unknown";
    case DensityOrigin::kDeclared:
      return "declared";
    case DensityOrigin::kMeasured:
      return "measured";
  }
  return "?";
}

std::int64_t Tensor::elements() const {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

}  // namespace mensa::models
