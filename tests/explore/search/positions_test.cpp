#include "explore/search/positions.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

#include "explore/search/fitness.h"
#include "explore/search/random_source.h"
#include "tests/explore/sample_points.h"

namespace mensa::explore {
namespace {

TEST(Positions, CountTheLastParameterFastest) {
  const Space space = numbers_space({2, 1, 3});
  EXPECT_EQ(point_at(space, 0), (Point{0, 0, 0}));
  EXPECT_EQ(point_at(space, 4), (Point{1, 0, 1}));
  EXPECT_EQ(point_at(space, 5), (Point{1, 0, 2}));
}

TEST(Positions, OfUnitsCoverAllChoices) {
  const Space space = numbers_space({4, 1});
  EXPECT_EQ(point_from_units(space, {0, 0}), (Point{0, 0}));
  EXPECT_EQ(point_from_units(space, {0.2499, 0.9}), (Point{0, 0}));
  EXPECT_EQ(point_from_units(space, {0.25, 0.9}), (Point{1, 0}));
  EXPECT_EQ(point_from_units(space, {0x1.fffffffffffffp-1, 1}), (Point{3, 0}));
}

RC_GTEST_PROP(RandomSource, IsBelowItsCount, (std::uint64_t seed)) {
  RandomSource random(seed);
  const auto count = *rc::gen::inRange<std::uint64_t>(1, 1000);
  for (int i = 0; i < 100; ++i) {
    RC_ASSERT(random.below(count) < count);
    const double unit = random.unit();
    RC_ASSERT(unit >= 0 && unit < 1);
  }
}

/// The standard says the 10000th number of this engine.
TEST(RandomSource, IsTheSameEverywhere) {
  RandomSource random(5489);
  for (int i = 1; i < 10000; ++i) static_cast<void>(random.bits());
  EXPECT_EQ(random.bits(), 9981545732273789042U);
}

TEST(Fitness, OfInfeasiblePointsIsWorseThanOfAnyOther) {
  const auto worst = fitness_of({true, 0, {709, -700}}, 2);
  EXPECT_EQ(worst, (std::vector<double>{709, -700}));
  const auto barely = fitness_of({false, 1e-12, {}}, 2);
  ASSERT_EQ(barely.size(), 2U);
  EXPECT_GT(barely[0], worst[0]);
  EXPECT_GT(fitness_of({false, 0.5, {}}, 1)[0], barely[0]);
  EXPECT_GT(fitness_of({false, 1e6, {}}, 1)[0], fitness_of({false, 1e5, {}}, 1)[0]);
  EXPECT_TRUE(std::isfinite(fitness_of({false, 1e300, {}}, 1)[0]));
}

}  // namespace
}  // namespace mensa::explore
