#include "explore/insight/hypervolume.h"

#include <gtest/gtest.h>

#include <limits>

namespace mensa::explore {
namespace {

/// Squares on paper: 3 x 1 + 2 x 1 + 1 x 1.
TEST(Hypervolume, OfTwoObjectives) {
  EXPECT_DOUBLE_EQ(hypervolume({{1, 3}, {2, 2}, {3, 1}}, {4, 4}), 6);
  // What is dominated, twice there, on the border or beyond adds nothing.
  EXPECT_DOUBLE_EQ(hypervolume({{1, 3}, {2, 2}, {2, 2}, {3, 3}, {3, 1}, {4, 0}, {0, 9}}, {4, 4}),
                   6);
}

TEST(Hypervolume, OfOtherNumbersOfObjectives) {
  EXPECT_DOUBLE_EQ(hypervolume({{3}, {1}}, {4}), 3);
  EXPECT_DOUBLE_EQ(hypervolume({{1, 1, 1}}, {3, 4, 5}), 24);
  // Two boxes less what they share.
  EXPECT_DOUBLE_EQ(hypervolume({{0, 1, 1}, {1, 0, 0}}, {2, 2, 2}), 2 + 4 - 1);
  EXPECT_DOUBLE_EQ(hypervolume({{0, 0, 0, 1}}, {1, 1, 1, 3}), 2);
}

TEST(Hypervolume, OfNothingIsNone) {
  EXPECT_EQ(hypervolume({}, {1, 1}), 0);
  EXPECT_EQ(hypervolume({{1, 0}, {2, 2}}, {1, 1}), 0);
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  EXPECT_DOUBLE_EQ(hypervolume({{kInfinity, 0}, {0, 0}}, {1, 1}), 1);
}

}  // namespace
}  // namespace mensa::explore
