#pragma once

#include <cstdint>
#include <random>

namespace mensa::explore {

/// Random numbers that are the same on every machine, which the distributions of <random> are not.
class RandomSource {
 public:
  explicit RandomSource(std::uint64_t seed) : engine_(seed) {}

  [[nodiscard]] std::uint64_t bits() { return engine_(); }
  /// From 0 to below 1, in steps of 2^-53.
  [[nodiscard]] double unit() { return static_cast<double>(engine_() >> 11U) * 0x1p-53; }
  /// From 0 to `count` - 1, each as likely as the others.
  [[nodiscard]] std::uint64_t below(std::uint64_t count) {
    const std::uint64_t most = std::mt19937_64::max() - std::mt19937_64::max() % count;
    std::uint64_t value = engine_();
    while (value >= most) value = engine_();
    return value % count;
  }

 private:
  std::mt19937_64 engine_;  ///< of which the standard says every number
};

}  // namespace mensa::explore
