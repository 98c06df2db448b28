#include "accelerators/spec/stratified_positions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace mensa::accelerators {
namespace {

using testing::ElementsAre;

TEST(StratifiedPositions, TakeEveryStratumOnce) {
  for (const std::size_t count : {1U, 2U, 7U, 200U, 1000U}) {
    const std::vector<double> positions = stratified_positions(1, "background_power", count);
    ASSERT_EQ(positions.size(), count);
    std::vector<int> taken(count);
    for (const double position : positions) {
      ASSERT_GE(position, 0);
      ASSERT_LT(position, 1);
      ++taken[static_cast<std::size_t>(std::floor(position * static_cast<double>(count)))];
    }
    EXPECT_TRUE(std::all_of(taken.begin(), taken.end(), [](int times) { return times == 1; }))
        << count;
  }
}

TEST(StratifiedPositions, DependOnEachArgument) {
  const std::vector<double> positions = stratified_positions(1, "a", 50);
  EXPECT_EQ(stratified_positions(1, "a", 50), positions);
  EXPECT_NE(stratified_positions(2, "a", 50), positions);
  EXPECT_NE(stratified_positions(1, "b", 50), positions);
  std::vector<double> sorted = positions;
  std::sort(sorted.begin(), sorted.end());
  EXPECT_NE(sorted, positions);
}

/// Two constants are drawn independently: over 1000 samples their correlation stays near 0.
TEST(StratifiedPositions, OfTwoConstantsHangTogetherInNoWay) {
  const std::vector<double> a = stratified_positions(3, "a", 1000);
  const std::vector<double> b = stratified_positions(3, "b", 1000);
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - 0.5) * (b[i] - 0.5);
  EXPECT_NEAR(sum / 1000 * 12, 0, 0.15);
}

/// Of SHA-256 and mt19937_64 as their standards have them; computed apart from this program.
TEST(StratifiedPositions, AreTheSameEverywhere) {
  EXPECT_THAT(stratified_positions(7, "cmos_22nm.mac.0.energy", 4),
              ElementsAre(0.25468980603536284, 0.8015314209330756, 0.6066307634092833,
                          0.20926915114349817));
}

}  // namespace
}  // namespace mensa::accelerators
