#include "scheduler/clusters/rand_index.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <numeric>
#include <vector>

namespace mensa::scheduler {
namespace {

using Labels = std::vector<std::size_t>;

double index(const Labels& a, const Labels& b) { return adjusted_rand_index(a, b); }

/// Table 2 of Yeung and Ruzzo, "Details of the adjusted Rand index" (supplement to Bioinformatics
/// 17(9), 2001): classes of 2, 4 and 4, clusters of 2, 3 and 5; 0.313 there.
TEST(AdjustedRandIndex, OfThePublishedExample) {
  const Labels classes = {0, 0, 1, 1, 1, 1, 2, 2, 2, 2};
  const Labels clusters = {0, 1, 0, 1, 1, 2, 2, 2, 2, 2};
  // 7 pairs together in both, 13 and 14 in each, of 45.
  EXPECT_NEAR(index(classes, clusters), (7 - 13 * 14 / 45.0) / (13.5 - 13 * 14 / 45.0), 1e-12);
  EXPECT_NEAR(index(classes, clusters), 0.313, 5e-4);
}

TEST(AdjustedRandIndex, ByHand) {
  // 2 pairs in both; 6 and 3 in each, of 15: (2 - 1.2) / (4.5 - 1.2).
  EXPECT_NEAR(index({0, 0, 0, 1, 1, 1}, {0, 0, 1, 1, 2, 2}), 0.8 / 3.3, 1e-12);
  // 1 pair in both; 1 and 2, of 6: (1 - 1/3) / (1.5 - 1/3) = 4/7.
  EXPECT_NEAR(index({0, 0, 1, 2}, {0, 0, 1, 1}), 4.0 / 7, 1e-12);
  // All pairs of one split in the other: worse than chance.
  EXPECT_NEAR(index({0, 0, 1, 1}, {0, 1, 0, 1}), -0.5, 1e-12);
  EXPECT_EQ(index({0, 0, 0, 0}, {0, 1, 2, 3}), 0);
}

TEST(AdjustedRandIndex, OfWhatLeavesNoChoice) {
  EXPECT_EQ(index({}, {}), 1);
  EXPECT_EQ(index({3}, {5}), 1);
  EXPECT_EQ(index({1, 1, 1}, {2, 2, 2}), 1);
  EXPECT_EQ(index({0, 1, 2}, {7, 5, 6}), 1);
}

std::pair<Labels, Labels> two_clusterings() {
  const auto things = *rc::gen::inRange<std::size_t>(0, 40);
  const auto labels = [&] {
    return *rc::gen::container<Labels>(things, rc::gen::inRange<std::size_t>(0, 6));
  };
  Labels a = labels();
  Labels b = labels();
  return {std::move(a), std::move(b)};
}

RC_GTEST_PROP(AdjustedRandIndex, IsSymmetricAndAtMostOne, ()) {
  const auto clusterings = two_clusterings();
  const double forth = index(clusterings.first, clusterings.second);
  RC_ASSERT(forth == index(clusterings.second, clusterings.first));
  RC_ASSERT(forth <= 1 + 1e-12);
  RC_ASSERT(forth >= -1);
}

RC_GTEST_PROP(AdjustedRandIndex, SeesNoNames, ()) {
  const auto clusterings = two_clusterings();
  Labels names(6);
  std::iota(names.begin(), names.end(), std::size_t{10});
  const auto turn = *rc::gen::inRange<std::ptrdiff_t>(0, 6);
  std::rotate(names.begin(), names.begin() + turn, names.end());
  Labels renamed;
  for (const std::size_t label : clusterings.first) renamed.push_back(names[label]);
  RC_ASSERT(index(clusterings.first, renamed) == 1);
  RC_ASSERT(index(clusterings.first, clusterings.second) == index(renamed, clusterings.second));
}

}  // namespace
}  // namespace mensa::scheduler
