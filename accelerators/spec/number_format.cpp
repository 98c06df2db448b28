#include "accelerators/spec/number_format.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "models/base/error.h"

namespace mensa::accelerators {

using models::ElementType;

namespace {

/// Bits in a name like "int8", at least `fewest`; none where it is no such name.
std::optional<int> bits_after(std::string_view prefix, std::string_view text, int fewest) {
  if (text.substr(0, prefix.size()) != prefix) return std::nullopt;
  int bits = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, failed] = std::from_chars(text.data() + prefix.size(), end, bits);
  const bool is_whole =
      failed == std::errc() && stop == end && text == fmt::format("{}{}", prefix, bits);
  if (!is_whole || bits < fewest || bits > NumberFormat::kMostBits) return std::nullopt;
  return bits;
}

}  // namespace

int NumberFormat::multiplied_bits() const {
  constexpr int kBrainFloat = 8;
  constexpr int kSingle = 24;
  constexpr int kDouble = 53;
  constexpr int kHalf = 11;
  constexpr int kQuarter = 4;  // E4M3, the wider one of the two forms of fp8
  constexpr int kEighth = 2;   // E2M1
  if (kind == NumberKind::kInteger) return bits;
  if (kind == NumberKind::kBrainFloat) return kBrainFloat;
  if (bits > 32) return kDouble;
  if (bits > 16) return kSingle;
  if (bits > 8) return kHalf;
  return bits > 4 ? kQuarter : kEighth;
}

std::string NumberFormat::to_string() const {
  switch (kind) {
    case NumberKind::kInteger:
      return fmt::format("int{}", bits);
    case NumberKind::kFloat:
      return fmt::format("fp{}", bits);
    case NumberKind::kBrainFloat:
      return fmt::format("bf{}", bits);
  }
  return "?";
}

std::string FactorFormats::to_string() const {
  if (weights == activations) return weights.to_string();
  return fmt::format("{} x {}", weights.to_string(), activations.to_string());
}

NumberFormat number_format_from_string(std::string_view text) {
  static const std::vector<std::string> kKnown = {"int4", "int8", "int16", "int32", "fp4",
                                                  "fp8",  "fp16", "fp32",  "fp64",  "bf16"};
  if (text == "bf16") return {NumberKind::kBrainFloat, 16};
  if (const auto bits = bits_after("int", text, 1)) return NumberFormat::integer(*bits);
  if (const auto bits = bits_after("fp", text, NumberFormat::kFewestFloatBits)) {
    return NumberFormat::floating(*bits);
  }
  throw base::Error(base::unknown_name_message("number format", text, kKnown));
}

NumberFormat number_format_of(ElementType type) {
  switch (type) {
    case ElementType::kFloat64:
    case ElementType::kFloat32:
    case ElementType::kFloat16:
    case ElementType::kFloat8E4M3Fn:
    case ElementType::kFloat8E4M3Fnuz:
    case ElementType::kFloat8E5M2:
    case ElementType::kFloat8E5M2Fnuz:
    case ElementType::kFloat4E2M1:
      return NumberFormat::floating(models::bits(type));
    case ElementType::kBfloat16:
      return {NumberKind::kBrainFloat, models::bits(type)};
    default:
      return NumberFormat::integer(models::bits(type));
  }
}

}  // namespace mensa::accelerators
