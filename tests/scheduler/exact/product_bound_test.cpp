#include "scheduler/exact/product_bound.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <stdexcept>

namespace mensa::scheduler {
namespace {

TEST(LeastProduct, OfTimeAndEnergyAloneIsTheirProduct) {
  const TimeAndEnergy corner = least_product({{0, 1, 7}, {1, 0, 3}});
  EXPECT_DOUBLE_EQ(corner.seconds, 3);
  EXPECT_DOUBLE_EQ(corner.picojoules, 7);
  EXPECT_DOUBLE_EQ(corner.product(), 21);
}

TEST(LeastProduct, IsInTheLowerCornerOfAnEdge) {
  // t >= 1, e >= 2, t + e >= 7: corners (1, 6) and (5, 2).
  EXPECT_DOUBLE_EQ(least_product({{1, 0, 1}, {1, 1, 7}, {0, 1, 2}}).product(), 6);
  // 2 t + e >= 10 as well: (1, 8), (3, 4), (5, 2).
  EXPECT_DOUBLE_EQ(least_product({{1, 0, 1}, {1, 1, 7}, {0, 1, 2}, {2, 1, 10}}).product(), 8);
}

TEST(LeastProduct, TakesNoNoticeOfBoundsThatSayNothing) {
  // t + e >= 2 is below the corner (3, 4); t + e >= 7 goes through it.
  EXPECT_DOUBLE_EQ(least_product({{1, 0, 3}, {0, 1, 4}, {1, 1, 2}}).product(), 12);
  EXPECT_DOUBLE_EQ(least_product({{1, 0, 3}, {0, 1, 4}, {1, 1, 7}}).product(), 12);
  // Of the same slope the strongest counts, in any scale and order.
  EXPECT_DOUBLE_EQ(least_product({{1, 0, 1}, {0, 1, 2}, {1, 1, 6}, {2, 2, 14}}).product(), 6);
  EXPECT_DOUBLE_EQ(least_product({{1, 0, 1}, {0, 1, 2}, {2, 2, 14}, {1, 1, 6}}).product(), 6);
  EXPECT_DOUBLE_EQ(least_product({{2, 0, 2}, {1, 0, 0.5}, {0, 3, 6}, {0, 1, 1}}).product(), 2);
}

TEST(LeastProduct, NeedsBoundsOnBoth) {
  EXPECT_THROW((void)least_product({}), std::logic_error);
  EXPECT_THROW((void)least_product({{1, 0, 1}}), std::logic_error);
  EXPECT_THROW((void)least_product({{1, 0, 1}, {1, 1, 2}}), std::logic_error);
  EXPECT_THROW((void)least_product({{0, 1, 1}, {1, 1, 2}}), std::logic_error);
}

/// The bounds of a cloud of points, loosened at random: none has a smaller product, and with all of
/// them tight and close one has nearly that.
TEST(LeastProduct, IsNotAboveThatOfAnyPoint) {
  std::mt19937_64 random(1);
  const auto uniform = [&](double from, double to) {
    return std::uniform_real_distribution<double>(from, to)(random);
  };
  for (int i = 0; i < 200; ++i) {
    std::vector<TimeAndEnergy> points(20);
    for (TimeAndEnergy& p : points) p = {uniform(1e-3, 5e-3), uniform(1e9, 9e9)};
    double least = points.front().product();
    for (const TimeAndEnergy& p : points) least = std::min(least, p.product());
    for (const bool tight : {false, true}) {
      std::vector<WeightedBound> bounds;
      const auto add = [&](double time, double energy) {
        double sum = time * points[0].seconds + energy * points[0].picojoules;
        for (const TimeAndEnergy& p : points) {
          sum = std::min(sum, time * p.seconds + energy * p.picojoules);
        }
        bounds.push_back({time, energy, tight ? sum : sum * uniform(0.7, 1)});
      };
      add(0, 1);
      for (int slope = 0; slope < (tight ? 2000 : 20); ++slope) {
        add(1e12 * (tight ? 0.01 * slope + 0.01 : uniform(0.1, 10)), 1);
      }
      add(1, 0);
      const double bound = least_product(bounds).product();
      EXPECT_LE(bound, least * (1 + 1e-9));
      EXPECT_GE(bound, least * (tight ? 0.98 : 0.3));
    }
  }
}

}  // namespace
}  // namespace mensa::scheduler
