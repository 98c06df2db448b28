#include "onnx_import/pruning/selection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <map>
#include <numeric>
#include <random>
#include <utility>
#include <vector>

#include "onnx_import/pruning/synthetic_weights.h"

namespace mensa::onnx_import {
namespace {

using models::ChannelAxes;
using models::Dim;
using models::NonzeroBits;
using testing::ElementsAre;

std::vector<int> as_list(const NonzeroBits& bits) {
  std::vector<int> list(bits.size());
  for (std::size_t i = 0; i < list.size(); ++i) list[i] = static_cast<int>(bits.load(i, 1));
  return list;
}

Magnitudes integer_magnitudes(std::vector<std::uint32_t> keys) { return {std::move(keys), false}; }

/// Few different values, so that many are equal, and some zeros.
Magnitudes many_ties(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<std::uint32_t> keys(count);
  for (std::uint32_t& key : keys) key = static_cast<std::uint32_t>(random() % 50);
  return integer_magnitudes(std::move(keys));
}

/// The definition: sort by magnitude, then by index.
std::vector<int> kept_by_definition(const std::vector<std::uint32_t>& keys, std::size_t drop) {
  std::vector<std::size_t> places(keys.size());
  std::iota(places.begin(), places.end(), std::size_t{0});
  std::sort(places.begin(), places.end(), [&](std::size_t a, std::size_t b) {
    return keys[a] != keys[b] ? keys[a] < keys[b] : a < b;
  });
  std::vector<int> kept(keys.size(), 1);
  for (std::size_t i = 0; i < drop; ++i) kept[places[i]] = 0;
  for (std::size_t i = 0; i < keys.size(); ++i) kept[i] = keys[i] == 0 ? 0 : kept[i];
  return kept;
}

bool is_subset(const NonzeroBits& part, const NonzeroBits& whole) {
  for (std::size_t i = 0; i < part.size(); ++i) {
    if (part.load(i, 1) != 0 && whole.load(i, 1) == 0) return false;
  }
  return true;
}

TEST(PrunedCount, IsTheNearest) {
  EXPECT_EQ(pruned_count(0.7, 10), 7);
  EXPECT_EQ(pruned_count(0.5, 3), 2);  // halves up
  EXPECT_EQ(pruned_count(0.5, 1), 1);
  EXPECT_EQ(pruned_count(0.49, 1), 0);
  EXPECT_EQ(pruned_count(0, 1000), 0);
  EXPECT_EQ(pruned_count(0.7, 25'502'912), 17'852'038);
}

TEST(KeepLargest, TakesTheFirstOfEqualOnes) {
  EXPECT_THAT(as_list(keep_largest(integer_magnitudes({5, 1, 3, 3, 3, 9}), 3)),
              ElementsAre(1, 0, 0, 0, 1, 1));
  EXPECT_THAT(as_list(keep_largest(integer_magnitudes({5, 1, 3, 3, 3, 9}), 0)),
              ElementsAre(1, 1, 1, 1, 1, 1));
  EXPECT_THAT(as_list(keep_largest(integer_magnitudes({5, 1, 3, 3, 3, 9}), 6)),
              ElementsAre(0, 0, 0, 0, 0, 0));
}

TEST(KeepLargest, CountsZerosAsPruned) {
  EXPECT_THAT(as_list(keep_largest(integer_magnitudes({5, 0, 3, 0, 4}), 2)),
              ElementsAre(1, 0, 1, 0, 1));
  EXPECT_THAT(as_list(keep_largest(integer_magnitudes({5, 0, 3, 0, 4}), 3)),
              ElementsAre(1, 0, 0, 0, 1));
  EXPECT_THAT(as_list(keep_largest(integer_magnitudes({5, 0, 3, 0, 4}), 1)),
              ElementsAre(1, 0, 1, 0, 1));
}

TEST(KeepLargest, TakesTheWholeRangeOfKeys) {
  constexpr std::uint32_t kMost = std::numeric_limits<std::uint32_t>::max();
  EXPECT_THAT(
      as_list(keep_largest(integer_magnitudes({kMost, kMost - 1, 0x10000, 0xFFFF, kMost}), 3)),
      ElementsAre(1, 0, 0, 0, 1));
  EXPECT_THAT(as_list(keep_largest(integer_magnitudes({kMost, kMost, kMost}), 2)),
              ElementsAre(0, 0, 1));
}

TEST(KeepLargest, IsWhatSortingGives) {
  for (const std::size_t count : {1U, 63U, 64U, 65U, 1000U}) {
    const Magnitudes magnitudes = many_ties(count, 3);
    for (const double share : {0.0, 0.1, 0.5, 0.7, 0.99}) {
      const auto drop =
          static_cast<std::size_t>(pruned_count(share, static_cast<std::int64_t>(count)));
      EXPECT_EQ(as_list(keep_largest(magnitudes, drop)), kept_by_definition(magnitudes.keys, drop));
    }
  }
}

TEST(KeepLargest, LeavesExactlySoManyAndNestsByShare) {
  const Magnitudes magnitudes = synthetic_magnitudes(1, "w", 100'003);
  NonzeroBits before = keep_largest(magnitudes, 0);
  EXPECT_EQ(before.count(), 100'003);
  for (const double share : {0.1, 0.3, 0.5, 0.7, 0.9, 0.999}) {
    const std::int64_t drop = pruned_count(share, 100'003);
    const NonzeroBits after = keep_largest(magnitudes, static_cast<std::size_t>(drop));
    EXPECT_EQ(after.count(), 100'003 - drop);
    EXPECT_TRUE(is_subset(after, before));
    before = after;
  }
}

models::ProblemShape nest(std::int64_t g, std::int64_t k, std::int64_t c, std::int64_t r,
                          std::int64_t s) {
  models::ProblemShape shape;
  shape.bounds[index(Dim::G)] = g;
  shape.bounds[index(Dim::K)] = k;
  shape.bounds[index(Dim::C)] = c;
  shape.bounds[index(Dim::R)] = r;
  shape.bounds[index(Dim::S)] = s;
  return shape;
}

TEST(KeepInGroups, KeepsTheLargestOfNeighboursAlongTheReduction) {
  // A right factor of 6 x 2: columns are outputs. Groups of 4 and 2.
  const Magnitudes magnitudes = integer_magnitudes({1, 9,  //
                                                    2, 8,  //
                                                    3, 7,  //
                                                    4, 6,  //
                                                    0, 5,  //
                                                    7, 5});
  const auto order = models::weight_order({6, 2}, nest(1, 2, 6, 1, 1), ChannelAxes{1, 0});
  ASSERT_TRUE(order);
  EXPECT_THAT(as_list(keep_in_groups(magnitudes, *order, {2, 4})),
              ElementsAre(0, 1, 0, 1, 1, 0, 1, 0, 0, 1, 1, 1));
  // Of equal ones the last stays.
  EXPECT_THAT(as_list(keep_in_groups(magnitudes, *order, {1, 4})),
              ElementsAre(0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 1, 1));
  // All that are not zero.
  EXPECT_EQ(keep_in_groups(magnitudes, *order, {4, 4}).count(), 11);
  // A group may be longer than the axis.
  EXPECT_THAT(as_list(keep_in_groups(magnitudes, *order, {1, 1000})),
              ElementsAre(0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0));
}

TEST(KeepInGroups, GroupsNeverCrossTheGroupsOfAConvolution) {
  // Transposed, two groups of three input channels: 6 x 1.
  const Magnitudes magnitudes = integer_magnitudes({5, 6, 7, 1, 2, 3});
  const auto order = models::weight_order({6, 1, 1, 1}, nest(2, 1, 3, 1, 1), ChannelAxes{1, 0});
  ASSERT_TRUE(order);
  EXPECT_THAT(as_list(keep_in_groups(magnitudes, *order, {1, 4})), ElementsAre(0, 0, 1, 0, 0, 1));
}

TEST(KeepInGroups, IsWhatSortingEachGroupGives) {
  // Convolutions of 3 outputs, 10 inputs, 2 x 3 pixels.
  const Magnitudes magnitudes = many_ties(180, 9);
  const auto order = models::weight_order({3, 10, 2, 3}, nest(1, 3, 10, 2, 3), ChannelAxes{0, 1});
  ASSERT_TRUE(order);
  for (const auto& [keep, of] : std::vector<std::pair<int, int>>{{2, 4}, {1, 4}, {3, 8}, {1, 2}}) {
    std::vector<int> expected(180);
    for (std::size_t k = 0; k < 3; ++k) {
      for (std::size_t pixel = 0; pixel < 6; ++pixel) {
        for (std::size_t c = 0; c < 10; c += static_cast<std::size_t>(of)) {
          std::vector<std::size_t> places;
          for (std::size_t i = c; i < std::min<std::size_t>(10, c + static_cast<std::size_t>(of));
               ++i) {
            places.push_back((k * 10 + i) * 6 + pixel);
          }
          std::stable_sort(places.begin(), places.end(), [&](std::size_t a, std::size_t b) {
            return magnitudes.keys[a] < magnitudes.keys[b];
          });
          for (std::size_t i = 0; i < static_cast<std::size_t>(keep) && !places.empty(); ++i) {
            expected[places.back()] = magnitudes.keys[places.back()] != 0 ? 1 : 0;
            places.pop_back();
          }
        }
      }
    }
    EXPECT_EQ(as_list(keep_in_groups(magnitudes, *order, {keep, of})), expected);
  }
}

TEST(KeepChannels, TakesThoseOfTheSmallestSums) {
  // Outputs with sums 6, 15, 6, 3.
  const Magnitudes magnitudes = integer_magnitudes({1, 2, 3, 4, 5, 6, 0, 1, 5, 1, 1, 1});
  const auto order = models::weight_order({4, 3}, nest(1, 4, 3, 1, 1), ChannelAxes{0, 1});
  ASSERT_TRUE(order);
  EXPECT_THAT(as_list(keep_channels(magnitudes, *order, 1)),
              ElementsAre(1, 1, 1, 1, 1, 1, 0, 1, 1, 0, 0, 0));
  EXPECT_THAT(as_list(keep_channels(magnitudes, *order, 2)),
              ElementsAre(0, 0, 0, 1, 1, 1, 0, 1, 1, 0, 0, 0));
  EXPECT_EQ(keep_channels(magnitudes, *order, 4).count(), 0);
  EXPECT_EQ(keep_channels(magnitudes, *order, 0).count(), 11);
}

TEST(KeepChannels, AreThoseOfAllGroups) {
  // Depthwise, channels with sums 3, 1, 2; then the same of a transposed one with two groups.
  const auto depthwise = models::weight_order({3, 1, 1, 2}, nest(3, 1, 1, 1, 2), ChannelAxes{0, 1});
  ASSERT_TRUE(depthwise);
  EXPECT_THAT(as_list(keep_channels(integer_magnitudes({1, 2, 0, 1, 1, 1}), *depthwise, 1)),
              ElementsAre(1, 1, 0, 0, 1, 1));
  // 2 groups x 1 input, 2 outputs each: channels (0,0)=4, (0,1)=3, (1,0)=2, (1,1)=1.
  const auto transposed =
      models::weight_order({2, 2, 1, 1}, nest(2, 2, 1, 1, 1), ChannelAxes{1, 0});
  ASSERT_TRUE(transposed);
  EXPECT_THAT(as_list(keep_channels(integer_magnitudes({4, 3, 2, 1}), *transposed, 3)),
              ElementsAre(1, 0, 0, 0));
}

TEST(SyntheticWeights, FollowFromSeedAndName) {
  const auto keys = [](std::uint64_t seed, const char* name) {
    return synthetic_magnitudes(seed, name, 4).keys;
  };
  EXPECT_EQ(keys(1, "w"), keys(1, "w"));
  EXPECT_NE(keys(1, "w"), keys(2, "w"));
  EXPECT_NE(keys(1, "w"), keys(1, "v"));
  // The same on every machine, and in every version: schedules of theirs are compared.
  EXPECT_THAT(keys(1, "conv1.weight"), ElementsAre(12099, 7483, 50438, 13886));
  EXPECT_EQ(synthetic_magnitudes(1, "w", 2).keys.at(1), synthetic_magnitudes(1, "w", 9).keys.at(1));
}

TEST(SyntheticWeights, AreNormallyDistributed) {
  constexpr std::size_t kCount = 1'000'000;
  constexpr double kDeviation = 65536;
  const Magnitudes magnitudes = synthetic_magnitudes(7, "w", kCount);
  double squares = 0;
  std::map<double, double> below = {{0.5, 0}, {1, 0}, {2, 0}, {3, 0}};
  for (const std::uint32_t key : magnitudes.keys) {
    const double value = key / kDeviation;
    squares += value * value;
    for (auto& [bound, count] : below) count += value < bound ? 1 : 0;
    EXPECT_GT(key, 0U);
  }
  // Five standard errors; the shares are erf(x / sqrt 2) but for what twelve summands lack.
  EXPECT_NEAR(squares / kCount, 1, 5 * std::sqrt(2.0 / kCount));
  EXPECT_NEAR(below[0.5] / kCount, 0.38292, 0.005);
  EXPECT_NEAR(below[1] / kCount, 0.68269, 0.005);
  EXPECT_NEAR(below[2] / kCount, 0.95450, 0.002);
  EXPECT_NEAR(below[3] / kCount, 0.99730, 0.001);
}

}  // namespace
}  // namespace mensa::onnx_import
