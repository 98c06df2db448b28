#include "onnx_import/pruning/synthetic_weights.h"

namespace mensa::onnx_import {
namespace {

constexpr std::uint64_t kGolden = 0x9E3779B97F4A7C15U;  // SplitMix64's step

std::uint64_t mixed(std::uint64_t value) {
  value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9U;
  value = (value ^ value >> 27) * 0x94D049BB133111EBU;
  return value ^ value >> 31;
}

std::uint64_t hash_of(std::string_view name) {
  std::uint64_t hash = 0xCBF29CE484222325U;  // FNV-1a's offset and prime
  for (const char each : name) {
    hash = (hash ^ static_cast<unsigned char>(each)) * 0x100000001B3U;
  }
  return hash;
}

/// The four numbers of 16 bits in a word, two by two in its halves.
std::uint64_t sums_of_pairs(std::uint64_t word) {
  constexpr std::uint64_t kEven = 0x0000FFFF0000FFFFU;
  return (word & kEven) + (word >> 16 & kEven);
}

}  // namespace

Magnitudes synthetic_magnitudes(std::uint64_t seed, std::string_view name, std::size_t count) {
  constexpr std::int64_t kMean = std::int64_t{6} * 0xFFFF;
  Magnitudes magnitudes;
  magnitudes.floats = false;
  magnitudes.keys.resize(count);
  std::uint64_t state = mixed(mixed(seed + kGolden) ^ hash_of(name));
  for (std::uint32_t& key : magnitudes.keys) {
    std::uint64_t pairs = 0;
    for (int i = 0; i < 3; ++i) pairs += sums_of_pairs(mixed(state += kGolden));
    const auto sum = static_cast<std::int64_t>((pairs >> 32) + (pairs & 0xFFFFFFFFU));
    const std::int64_t distance = sum > kMean ? sum - kMean : kMean - sum;
    key = static_cast<std::uint32_t>(distance > 0 ? distance : 1);
  }
  return magnitudes;
}

}  // namespace mensa::onnx_import
