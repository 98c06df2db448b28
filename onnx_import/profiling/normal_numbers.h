#pragma once

#include <cstdint>
#include <random>

namespace mensa::onnx_import {

/// Numbers of a standard normal distribution, the same for a seed on every platform: by Karney's
/// rejection method ("Sampling exactly from the normal distribution", ACM TOMS 42(1), 2016,
/// algorithm N), which compares uniform numbers and calls no function of the mathematical library,
/// whose last bits differ between systems.
class NormalNumbers {
 public:
  explicit NormalNumbers(std::uint64_t seed) : random_(seed) {}

  [[nodiscard]] float next();

 private:
  /// In [0, 1), of 53 random bits.
  [[nodiscard]] double uniform();
  /// True with a chance of exp(-1/2).
  [[nodiscard]] bool once_in_root_e();
  /// True `times` times.
  [[nodiscard]] bool all_once_in_root_e(int times);
  /// True with a chance of exp(-x (2 k + x) / (2 k + 2)), for x below 1.
  [[nodiscard]] bool accepts_fraction(int k, double x);

  std::mt19937_64 random_;
};

}  // namespace mensa::onnx_import
