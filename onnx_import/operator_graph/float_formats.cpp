#include "onnx_import/operator_graph/float_formats.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace mensa::onnx_import {
namespace {

using models::ElementType;

/// A binary format as IEEE 754 describes it.
struct FloatPrecision {
  int precision;      ///< bits of the significand, the implicit one among them
  int least_quantum;  ///< exponent of the smallest subnormal
  double largest;     ///< finite value
};

constexpr FloatPrecision kHalf = {11, -24, 65504.0};
constexpr FloatPrecision kBfloat16 = {8, -133, 0x1.fep127};
constexpr FloatPrecision kSingle = {24, -149, 0x1.fffffep127};

double round_to(double value, const FloatPrecision& format) {
  if (!std::isfinite(value) || value == 0) return value;
  int exponent = 0;
  (void)std::frexp(value, &exponent);  // |value| < 2^exponent
  const int quantum = std::max(exponent - format.precision, format.least_quantum);
  const double rounded = std::ldexp(std::nearbyint(std::ldexp(value, -quantum)), quantum);
  return std::abs(rounded) > format.largest
             ? std::copysign(std::numeric_limits<double>::infinity(), value)
             : rounded;
}

double half_from_bits(std::uint16_t bits) {
  const double sign = (bits & 0x8000U) != 0 ? -1.0 : 1.0;
  const int exponent = bits >> 10 & 0x1F;
  const int fraction = bits & 0x3FF;
  if (exponent == 0x1F) {
    return fraction != 0 ? std::numeric_limits<double>::quiet_NaN()
                         : sign * std::numeric_limits<double>::infinity();
  }
  if (exponent == 0) return sign * std::ldexp(fraction, kHalf.least_quantum);
  return sign * std::ldexp(0x400 + fraction, exponent - 1 + kHalf.least_quantum);
}

}  // namespace

double float_from_bits(std::uint16_t bits, ElementType type) {
  if (type == ElementType::kFloat16) return half_from_bits(bits);
  return static_cast<double>(std::bit_cast<float>(std::uint32_t{bits} << 16));
}

double round_to_type(double value, ElementType type) {
  switch (type) {
    case ElementType::kFloat32:
      return round_to(value, kSingle);
    case ElementType::kFloat16:
      return round_to(value, kHalf);
    case ElementType::kBfloat16:
      return round_to(value, kBfloat16);
    default:
      return value;
  }
}

}  // namespace mensa::onnx_import
