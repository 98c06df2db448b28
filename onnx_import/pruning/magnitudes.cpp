#include "onnx_import/pruning/magnitudes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>
#include <limits>
#include <span>
#include <variant>

#include "models/base/error.h"
#include "onnx_import/operator_graph/element_types.h"

namespace mensa::onnx_import {
namespace {

using models::ElementType;

/// A binary float without its sign.
struct MagnitudeFormat {
  int exponent_bits;
  int fraction_bits;
  int bias;
  bool unsigned_zero = false;  ///< the pattern of a negative zero is NaN
};

// IEEE 754 (half), and the definitions of ONNX 1.14 to 1.18 for what is narrower.
MagnitudeFormat format_of(ElementType type) {
  switch (type) {
    case ElementType::kFloat16:
      return {5, 10, 15};
    case ElementType::kBfloat16:
      return {8, 7, 127};
    case ElementType::kFloat8E4M3Fn:
      return {4, 3, 7};
    case ElementType::kFloat8E4M3Fnuz:
      return {4, 3, 8, true};
    case ElementType::kFloat8E5M2:
      return {5, 2, 15};
    case ElementType::kFloat8E5M2Fnuz:
      return {5, 2, 16, true};
    case ElementType::kFloat4E2M1:
      return {2, 1, 1};
    default:
      return {8, 23, 127};
  }
}

constexpr std::uint32_t kNan = 0x7FC00000U;

/// The fp32 bits of a magnitude in a narrower format. What stands for infinity or NaN there comes
/// out above all numbers.
std::uint32_t widened(std::uint32_t bits, const MagnitudeFormat& format) {
  const std::uint32_t sign = std::uint32_t{1} << (format.exponent_bits + format.fraction_bits);
  if (format.unsigned_zero && bits == sign) return kNan;
  bits &= sign - 1;
  const std::uint32_t fraction = bits & ((std::uint32_t{1} << format.fraction_bits) - 1);
  const std::uint32_t exponent = bits >> format.fraction_bits;
  constexpr int kBias = 127;
  constexpr int kFractionBits = 23;
  if (format.bias == kBias) return bits << (kFractionBits - format.fraction_bits);
  if (exponent == 0) {
    return std::bit_cast<std::uint32_t>(
        std::ldexp(static_cast<float>(fraction), 1 - format.bias - format.fraction_bits));
  }
  const auto rebiased =
      static_cast<std::uint32_t>(static_cast<int>(exponent) - format.bias + kBias);
  return rebiased << kFractionBits | fraction << (kFractionBits - format.fraction_bits);
}

bool is_signed(ElementType type) {
  return type == ElementType::kInt64 || type == ElementType::kInt32 ||
         type == ElementType::kInt16 || type == ElementType::kInt8 || type == ElementType::kInt4;
}

/// Turns the lowest bits of a word, those that an element has, into a key.
class IntegerKey {
 public:
  IntegerKey(ElementType type, std::int64_t zero)
      : unused_(64 - models::bits(type)),
        signed_(is_signed(type)),
        zero_(static_cast<std::uint64_t>(zero)) {}
  std::uint32_t operator()(std::uint64_t bits) const {
    bits <<= unused_;
    const std::uint64_t value =
        signed_ ? static_cast<std::uint64_t>(static_cast<std::int64_t>(bits) >> unused_)
                : bits >> unused_;
    const bool above = signed_ ? static_cast<std::int64_t>(value) > static_cast<std::int64_t>(zero_)
                               : value > zero_;
    const std::uint64_t distance = above ? value - zero_ : zero_ - value;
    return static_cast<std::uint32_t>(
        std::min<std::uint64_t>(distance, std::numeric_limits<std::uint32_t>::max()));
  }

 private:
  int unused_;
  bool signed_;
  std::uint64_t zero_;
};

/// Appends the keys of elements stored as Stored each.
template <class Stored, class Key>
void append_keys(std::span<const std::byte> piece, const Key& key,
                 std::vector<std::uint32_t>& keys) {
  for (std::size_t at = 0; at + sizeof(Stored) <= piece.size(); at += sizeof(Stored)) {
    Stored stored{};
    std::memcpy(&stored, piece.data() + at, sizeof(Stored));
    keys.push_back(key(stored));
  }
}

template <class Key>
void append_nibbles(std::span<const std::byte> piece, std::size_t count, const Key& key,
                    std::vector<std::uint32_t>& keys) {
  for (const std::byte pair : piece) {
    const auto bits = std::to_integer<std::uint8_t>(pair);
    keys.push_back(key(std::uint8_t(bits & 0xFU)));
    if (keys.size() < count) keys.push_back(key(std::uint8_t(bits >> 4U)));
  }
}

template <class Key>
std::vector<std::uint32_t> keys_of(const DenseContents& contents, std::size_t count,
                                   const Key& key) {
  std::vector<std::uint32_t> keys;
  keys.reserve(count);
  contents.bytes.visit([&](std::span<const std::byte> piece) {
    switch (contents.stored.width) {
      case 4:
        return append_nibbles(piece, count, key, keys);
      case 8:
        return append_keys<std::uint8_t>(piece, key, keys);
      case 16:
        return append_keys<std::uint16_t>(piece, key, keys);
      case 32:
        return append_keys<std::uint32_t>(piece, key, keys);
      default:
        return append_keys<std::uint64_t>(piece, key, keys);
    }
  });
  return keys;
}

std::vector<std::uint32_t> read_keys(const DenseContents& contents, std::size_t count,
                                     const WeightReading& reading) {
  if (!is_float(reading.type)) {
    return keys_of(contents, count, IntegerKey(reading.type, reading.zero));
  }
  constexpr std::uint32_t kWithoutSign = 0x7FFFFFFFU;
  if (reading.type == ElementType::kFloat32) {
    return keys_of(contents, count,
                   [](auto bits) { return static_cast<std::uint32_t>(bits) & kWithoutSign; });
  }
  if (reading.type == ElementType::kFloat64) {
    return keys_of(contents, count, [](auto bits) {
      const auto number = std::bit_cast<double>(static_cast<std::uint64_t>(bits));
      // A number that is not zero stays so.
      const auto narrow = std::bit_cast<std::uint32_t>(static_cast<float>(std::abs(number)));
      return narrow == 0 && number != 0 ? 1U : narrow & kWithoutSign;
    });
  }
  const MagnitudeFormat format = format_of(reading.type);
  return keys_of(contents, count,
                 [format](auto bits) { return widened(static_cast<std::uint32_t>(bits), format); });
}

}  // namespace

bool has_magnitudes(const WeightReading& reading) {
  return reading.contents && std::holds_alternative<DenseContents>(*reading.contents);
}

Magnitudes read_magnitudes(const WeightReading& reading, std::size_t count) {
  assert(has_magnitudes(reading));
  Magnitudes magnitudes;
  magnitudes.floats = is_float(reading.type);
  magnitudes.keys = read_keys(std::get<DenseContents>(*reading.contents), count, reading);
  if (magnitudes.keys.size() != count) {
    throw base::Error(
        fmt::format("{} values are in the file; {} are needed", magnitudes.keys.size(), count));
  }
  return magnitudes;
}

}  // namespace mensa::onnx_import
