#include "explore/insight/importance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace mensa::explore {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::Optional;

/// Every point of a grid.
std::vector<Point> grid(const std::vector<std::uint32_t>& sizes) {
  std::vector<Point> points = {{}};
  for (const std::uint32_t size : sizes) {
    std::vector<Point> longer;
    for (const Point& point : points) {
      for (std::uint32_t choice = 0; choice < size; ++choice) {
        longer.push_back(point);
        longer.back().push_back(choice);
      }
    }
    points = std::move(longer);
  }
  return points;
}

template <class Function>
std::vector<double> values_at(const std::vector<Point>& points, Function function) {
  std::vector<double> values;
  values.reserve(points.size());
  for (const Point& point : points) values.push_back(function(point));
  return values;
}

auto near(double share, double error = 1e-12) { return Optional(DoubleNear(share, error)); }

/// Var = sum of the terms' variances: of 0..3 times 2 it is 5, of 0..2 times 3 it is 6, of a
/// parameter that does nothing 0.
TEST(ImportanceOf, AdditiveFunctionsIsExactOnAWholeGrid) {
  const auto points = grid({4, 3, 5});
  const auto values =
      values_at(points, [](const Point& point) { return 100 + 2.0 * point[0] + 3.0 * point[1]; });
  const Importance result = importance(points, values, 1);
  EXPECT_THAT(result.shares, ElementsAre(near(5.0 / 11), near(6.0 / 11), near(0)));
  EXPECT_NEAR(result.remainder, 0, 1e-12);
}

/// x XOR y: neither alone says anything.
TEST(ImportanceOf, InteractionsIsInTheRemainder) {
  const auto points = grid({2, 2, 3});
  const auto values =
      values_at(points, [](const Point& point) { return point[0] == point[1] ? 1.0 : 0.0; });
  const Importance result = importance(points, values, 1);
  EXPECT_THAT(result.shares, ElementsAre(near(0), near(0), near(0)));
  EXPECT_NEAR(result.remainder, 1, 1e-12);
}

/// Kelley's formula by hand: groups {1, 3} and {5, 7}: SST 20, SSB 16, MSW 4 / 2.
TEST(ImportanceOf, SamplesIsCorrectedForChance) {
  const std::vector<Point> points = {{0}, {0}, {1}, {1}};
  const std::vector<double> values = {1, 3, 5, 7};
  EXPECT_THAT(importance(points, values).shares, ElementsAre(near((16.0 - 2) / 20)));
  EXPECT_THAT(importance(points, values, 0.5).shares, ElementsAre(near((16.0 - 1) / 20)));
  EXPECT_THAT(importance(points, values, 1).shares, ElementsAre(near(16.0 / 20)));
  EXPECT_NEAR(importance(points, values).remainder, 1 - 14.0 / 20, 1e-12);
}

/// Many groups of a few points each of pure chance: without the correction it would be a half.
TEST(ImportanceOf, ChanceIsNone) {
  std::mt19937 random(1);
  std::vector<Point> points;
  std::vector<double> values;
  for (std::uint32_t i = 0; i < 4000; ++i) {
    points.push_back({i % 2000});
    values.push_back(static_cast<double>(random()));
  }
  EXPECT_THAT(importance(points, values, 1).shares, ElementsAre(near(0.5, 0.1)));
  EXPECT_THAT(importance(points, values).shares, ElementsAre(near(0, 0.1)));
}

TEST(ImportanceOf, SamplesComesCloseToTheSpace) {
  std::mt19937 random(1);
  std::vector<Point> points;
  std::vector<double> values;
  for (int i = 0; i < 2000; ++i) {
    points.push_back(
        {static_cast<std::uint32_t>(random() % 4), static_cast<std::uint32_t>(random() % 3)});
    values.push_back(2.0 * points.back()[0] + 3.0 * points.back()[1]);
  }
  EXPECT_THAT(importance(points, values).shares,
              ElementsAre(near(5.0 / 11, 0.04), near(6.0 / 11, 0.04)));
}

TEST(ImportanceOf, FewPoints) {
  EXPECT_TRUE(importance({}, {}).shares.empty());
  // One value of the parameter; then none twice.
  EXPECT_THAT(importance({{0}, {0}}, {1, 2}).shares, ElementsAre(near(0)));
  EXPECT_THAT(importance({{0}, {1}}, {1, 2}).shares, ElementsAre(std::nullopt));
  EXPECT_THAT(importance({{0}, {1}}, {1, 2}, 1).shares, ElementsAre(near(1)));
  // Nothing varies.
  const Importance same = importance({{0}, {1}, {1}}, {2, 2, 2});
  EXPECT_THAT(same.shares, ElementsAre(near(0)));
  EXPECT_EQ(same.remainder, 0);
}

}  // namespace
}  // namespace mensa::explore
