#include "explore/insight/ranking.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <limits>

#include "explore/insight/knee.h"

namespace mensa::explore {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;

TEST(Knee, LiesFarthestBelowTheLineThroughTheExtremes) {
  // In the box: (0, 1), (0.1, 0.5), (0.2, 0.2), (0.7, 0.1), (1, 0).
  const std::vector<ObjectiveVector> front = {{10, 6}, {11, 3.5}, {12, 2}, {17, 1.5}, {20, 1}};
  EXPECT_THAT(knee_of(front), Optional(2U));
  const FrontBox box = box_of(front);
  EXPECT_THAT(box.ideal, ElementsAre(10, 1));
  EXPECT_THAT(box.nadir, ElementsAre(20, 6));
  EXPECT_DOUBLE_EQ(knee_distance(front[0], box), 1);
  EXPECT_DOUBLE_EQ(knee_distance(front[2], box), 0.4);
  EXPECT_DOUBLE_EQ(knee_distance(front[3], box), 0.8);
}

TEST(Knee, OfFewPoints) {
  EXPECT_EQ(knee_of({}), std::nullopt);
  EXPECT_THAT(knee_of({{3, 4, 5}}), Optional(0U));
  // Neither is better.
  EXPECT_THAT(knee_of({{0, 1}, {1, 0}}), Optional(0U));
  EXPECT_THAT(knee_of({{7}}), Optional(0U));
}

TEST(Knee, DoesNotCountWhatIsTheSameOnTheFront) {
  EXPECT_THAT(knee_of({{0, 5, 1}, {0.4, 5, 0.4}, {1, 5, 0}}), Optional(1U));
}

TEST(Knee, TakesInfiniteLogarithms) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const FrontBox box = box_of({{-kInfinity, 1}, {2, 0.5}, {3, 0}});
  EXPECT_DOUBLE_EQ(knee_distance({-kInfinity, 1}, box), 1);
  EXPECT_DOUBLE_EQ(knee_distance({2, 0.5}, box), 1.5);
}

/// Whatever the units: each objective may be stretched and moved.
RC_GTEST_PROP(Knee, DoesNotDependOnUnits, ()) {
  std::vector<ObjectiveVector> points;
  for (const auto& [x, y] :
       *rc::gen::nonEmpty(rc::gen::container<std::vector<std::pair<std::uint8_t, std::uint8_t>>>(
           rc::gen::arbitrary<std::pair<std::uint8_t, std::uint8_t>>()))) {
    points.push_back({static_cast<double>(x), static_cast<double>(y)});
  }
  // By powers of two: exact.
  std::vector<ObjectiveVector> others;
  others.reserve(points.size());
  for (const ObjectiveVector& point : points) others.push_back({point[0] * 8 - 64, point[1] / 4});
  RC_ASSERT(knee_of(points) == knee_of(others));
}

TEST(BestByFronts, GoesFrontByFrontFromTheKnee) {
  const std::vector<ObjectiveVector> points = {{0, 10}, {2, 2},  {10, 0}, {1, 11},
                                               {3, 3},  {11, 1}, {20, 20}};
  EXPECT_THAT(best_by_fronts(points, 100), ElementsAre(1, 0, 2, 4, 3, 5, 6));
  EXPECT_THAT(best_by_fronts(points, 5), ElementsAre(1, 0, 2, 4, 3));
  EXPECT_THAT(best_by_fronts(points, 0), IsEmpty());
  EXPECT_THAT(best_by_fronts({}, 3), IsEmpty());
}

TEST(BestByFronts, WithOneObjectiveSorts) {
  EXPECT_THAT(best_by_fronts({{3}, {1}, {2}, {1}}, 4), ElementsAre(1, 3, 2, 0));
}

RC_GTEST_PROP(BestByFronts, NobodyComesBeforeWhoDominatesIt, ()) {
  std::vector<ObjectiveVector> points;
  for (const auto& [x, y] : *rc::gen::arbitrary<std::vector<std::pair<std::uint8_t, bool>>>()) {
    points.push_back({static_cast<double>(x % 8), y ? 1.0 : 0.0, static_cast<double>(x % 3)});
  }
  const auto order = best_by_fronts(points, points.size());
  RC_ASSERT(order.size() == points.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    for (std::size_t j = i + 1; j < order.size(); ++j) {
      RC_ASSERT(order[i] != order[j]);
      RC_ASSERT(!dominates(points[order[j]], points[order[i]]));
    }
  }
  const std::size_t some = points.size() / 2;
  RC_ASSERT(
      best_by_fronts(points, some) ==
      std::vector<std::size_t>(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(some)));
}

TEST(Lowest, SortsByValueThenPosition) {
  EXPECT_THAT(lowest({3, 1, 2, 1}, 3), ElementsAre(1, 3, 2));
  EXPECT_THAT(lowest({3, 1}, 5), ElementsAre(1, 0));
  EXPECT_THAT(lowest({}, 5), IsEmpty());
}

}  // namespace
}  // namespace mensa::explore
