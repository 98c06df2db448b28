#include "accelerators/spec/stratified_positions.h"

#include <fmt/format.h>

#include <random>
#include <string>
#include <utility>

#include "models/base/sha256.h"

namespace mensa::accelerators {
namespace {

/// The standard fixes what this generator gives, but not what its distributions make of it.
using Generator = std::mt19937_64;

/// At least 0 and below 1: the upper 53 bits, as many as a double holds.
double fraction(Generator& generator) {
  constexpr int kDroppedBits = 11;
  constexpr double kUnit = 0x1p-53;
  return static_cast<double>(generator() >> kDroppedBits) * kUnit;
}

Generator generator_of(std::uint64_t seed, std::string_view constant, std::size_t count) {
  constexpr std::size_t kDigits = 16;
  constexpr int kBase = 16;
  const std::string digest = base::sha256(fmt::format("{} {} {}", seed, count, constant));
  return Generator(std::stoull(digest.substr(0, kDigits), nullptr, kBase));
}

}  // namespace

std::vector<double> stratified_positions(std::uint64_t seed, std::string_view constant,
                                         std::size_t count) {
  Generator generator = generator_of(seed, constant, count);
  std::vector<double> strata(count);
  for (std::size_t i = 0; i < count; ++i) strata[i] = static_cast<double>(i);
  for (std::size_t left = count; left > 1; --left) {  // Fisher and Yates
    const auto pick = static_cast<std::size_t>(fraction(generator) * static_cast<double>(left));
    std::swap(strata[left - 1], strata[pick]);
  }
  for (double& stratum : strata) {
    stratum = (stratum + fraction(generator)) / static_cast<double>(count);
  }
  return strata;
}

}  // namespace mensa::accelerators
