#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "models/graph/tensor.h"

namespace mensa::accelerators {

enum class NumberKind : std::uint8_t {
  kInteger,     ///< fixed point, signed or not
  kFloat,       ///< IEEE 754 and its short forms, as fp8; other widths, as fp44, are sums
  kBrainFloat,  ///< bf16: the exponent of fp32 in 16 bits
};

/// How a number is coded, as far as multipliers and memories care: its kind and its bits.
struct NumberFormat {
  static constexpr int kMostBits = 64;
  static constexpr int kFewestFloatBits = 4;

  NumberKind kind = NumberKind::kInteger;
  int bits = 8;

  /// An integer of `bits` bits, 1 to kMostBits.
  [[nodiscard]] static constexpr NumberFormat integer(int bits) {
    return {NumberKind::kInteger, bits};
  }
  [[nodiscard]] static constexpr NumberFormat floating(int bits) {
    return {NumberKind::kFloat, bits};
  }
  [[nodiscard]] bool is_integer() const { return kind == NumberKind::kInteger; }
  /// Bits of the numbers that a multiplier for this format multiplies: the significand of a float,
  /// the leading one included.
  [[nodiscard]] int multiplied_bits() const;
  /// As "int8", "fp16", "bf16".
  [[nodiscard]] std::string to_string() const;

  auto operator<=>(const NumberFormat&) const = default;
};

/// Formats of the two factors of a MAC.
struct FactorFormats {
  NumberFormat weights;
  NumberFormat activations;

  /// "int4 x int8", or "int8" where both are.
  [[nodiscard]] std::string to_string() const;
  auto operator<=>(const FactorFormats&) const = default;
};

/// "int1" to "int64", "fp4" to "fp64", "bf16". Throws base::Error naming those
/// near, and what there is.
[[nodiscard]] NumberFormat number_format_from_string(std::string_view text);

/// How a model stores elements of that type (bool and string as bytes).
[[nodiscard]] NumberFormat number_format_of(models::ElementType type);

}  // namespace mensa::accelerators
