#include "onnx_import/profiling/normal_numbers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace mensa::onnx_import {
namespace {

std::vector<double> drawn(std::uint64_t seed, std::size_t count) {
  NormalNumbers numbers(seed);
  std::vector<double> values(count);
  for (double& value : values) value = numbers.next();
  return values;
}

/// Against the distribution itself: no share of the numbers below any bound is off by more than
/// 1.95 / sqrt(n), which happens by chance once in a thousand times (Kolmogorov, Smirnov).
TEST(NormalNumbers, are_normal) {
  constexpr std::size_t kCount = 200'000;
  std::vector<double> values = drawn(1, kCount);
  std::sort(values.begin(), values.end());
  double farthest = 0;
  double squares = 0;
  for (std::size_t i = 0; i < kCount; ++i) {
    const double below = std::erfc(-values[i] / std::sqrt(2.0)) / 2;
    farthest = std::max({farthest, std::abs(below - static_cast<double>(i) / kCount),
                         std::abs(below - static_cast<double>(i + 1) / kCount)});
    squares += values[i] * values[i];
  }
  EXPECT_LT(farthest, 1.95 / std::sqrt(kCount));
  EXPECT_NEAR(squares / kCount, 1, 5 * std::sqrt(2.0 / kCount));
  EXPECT_LT(values.front(), -3.5);
  EXPECT_GT(values.back(), 3.5);
}

TEST(NormalNumbers, are_the_same_for_a_seed) {
  EXPECT_EQ(drawn(7, 100), drawn(7, 100));
  EXPECT_NE(drawn(7, 100), drawn(8, 100));
}

}  // namespace
}  // namespace mensa::onnx_import
