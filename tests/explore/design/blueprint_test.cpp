#include "explore/design/blueprint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <bit>
#include <vector>

namespace mensa::explore {
namespace {

using testing::ElementsAre;

TEST(Sizes, StandOnPowersOfTwoAndHalfwayBetween) {
  std::vector<std::int64_t> sizes = {1};
  while (sizes.back() < 32) sizes.push_back(next_size_up(sizes.back()));
  EXPECT_THAT(sizes, ElementsAre(1, 2, 3, 4, 6, 8, 12, 16, 24, 32));
  EXPECT_EQ(next_size_down(1), 0);
}

RC_GTEST_PROP(Sizes, DownIsWhereUpCameFrom, ()) {
  const auto power = std::int64_t{1} << *rc::gen::inRange(0, 40);
  const std::int64_t size = *rc::gen::arbitrary<bool>() && power > 1 ? power + power / 2 : power;
  RC_ASSERT(next_size_down(next_size_up(size)) == size);
}

/// Also from what is not on the grid, as a size that somebody gave.
RC_GTEST_PROP(Sizes, AreTheNextOnesOfTheGrid, ()) {
  const std::int64_t size = *rc::gen::inRange<std::int64_t>(2, 100'000);
  const std::int64_t up = next_size_up(size);
  const std::int64_t down = next_size_down(size);
  RC_ASSERT(down < size);
  RC_ASSERT(size < up);
  for (const std::int64_t one : {up, down}) {
    const bool is_power = std::has_single_bit(static_cast<std::uint64_t>(one));
    RC_ASSERT(is_power ||
              (one % 3 == 0 && std::has_single_bit(static_cast<std::uint64_t>(one / 3))));
  }
}

/// The proportion of Mensa's accelerators and of the Edge TPU, as the library has them.
TEST(Lanes, GoByTheSideOfTheArray) {
  EXPECT_EQ(lanes_for(32 * 32), 128);
  EXPECT_EQ(lanes_for(16 * 16), 64);
  EXPECT_EQ(lanes_for(64 * 64), 256);
  EXPECT_EQ(lanes_for(1), 4);
}

}  // namespace
}  // namespace mensa::explore
