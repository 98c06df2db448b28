#include "accelerators/mapping/transfer_sizes.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace mensa::accelerators {
namespace {

/// 10 x 7 elements in tiles of 4 x 3: four of 12, two of 6 at the end of the first dimension, two
/// of 4 at the end of the second, one of 2.
TEST(TransferSizes, RemaindersAreRoundedUpByThemselves) {
  TransferSizes sizes;
  sizes.clear();
  sizes.cross_tiles(2, 4, 2, true);
  sizes.cross_tiles(2, 3, 1, true);
  EXPECT_EQ(sizes.in_bursts(StoredSize::dense(8), base::Bytes(1), 1), base::Bytes(70));
  EXPECT_EQ(sizes.in_bursts(StoredSize::dense(8), base::Bytes(8), 1),
            base::Bytes(4 * 16 + 2 * 8 + 2 * 8 + 8));
  EXPECT_EQ(sizes.in_bursts(StoredSize::dense(8), base::Bytes(8), 3), base::Bytes(3 * 104));
  EXPECT_EQ(sizes.in_bursts(StoredSize::dense(32), base::Bytes(32), 1),
            base::Bytes(4 * 64 + 2 * 32 + 2 * 32 + 32));
  EXPECT_EQ(sizes.in_bursts(StoredSize::dense(4), base::Bytes(1), 1), base::Bytes(35));
}

/// Dense values, or a format with pointers for each row.
StoredSize random_format() {
  const int bits = *rc::gen::element(3, 4, 8, 32);
  StoredSize stored = StoredSize::dense(bits);
  if (*rc::gen::arbitrary<bool>()) {
    stored.compressed = true;
    stored.bits_per_value = 0.375 * bits;
    stored.pointer_bits = *rc::gen::element(0, 7);
  }
  return stored;
}

RC_GTEST_PROP(TransferSizes, EqualARollCallOfTheTiles, ()) {
  struct Tile {
    std::int64_t values = 1;
    std::int64_t fibers = 1;
  };
  TransferSizes sizes;
  sizes.clear();
  std::vector<Tile> tiles = {{}};
  const auto cross = [&](const std::vector<std::int64_t>& extents, bool along) {
    std::vector<Tile> crossed;
    for (const Tile& tile : tiles) {
      for (const std::int64_t extent : extents) {
        crossed.push_back({tile.values * extent, along ? tile.fibers : tile.fibers * extent});
      }
    }
    tiles = std::move(crossed);
  };
  for (int dim = 0; dim < 3; ++dim) {
    const auto bound = *rc::gen::inRange<std::int64_t>(1, 12);
    const auto tile = *rc::gen::inRange<std::int64_t>(1, bound + 1);
    const bool along = *rc::gen::arbitrary<bool>();
    sizes.cross_tiles(bound / tile, tile, bound % tile, along);
    std::vector<std::int64_t> extents(static_cast<std::size_t>(bound / tile), tile);
    if (bound % tile > 0) extents.push_back(bound % tile);
    cross(extents, along);
  }
  std::vector<TransferSizes::Pieces> pieces;
  std::vector<std::int64_t> extents;
  for (int i = *rc::gen::inRange(1, 4); i > 0; --i) {
    pieces.push_back(
        {*rc::gen::inRange<std::int64_t>(0, 5), *rc::gen::inRange<std::int64_t>(1, 4)});
    extents.insert(extents.end(), static_cast<std::size_t>(pieces.back().times),
                   pieces.back().size);
  }
  const bool along = *rc::gen::arbitrary<bool>();
  sizes.cross(pieces, along);
  cross(extents, along);
  const StoredSize stored = random_format();
  const auto burst = base::Bytes(*rc::gen::element(1, 3, 32, 64));
  const auto times = *rc::gen::inRange<std::int64_t>(1, 5);
  base::Bytes expected;
  for (const Tile& tile : tiles) {
    expected += base::whole_bursts(stored.bytes(tile.values, tile.fibers), burst) * times;
  }
  RC_ASSERT(sizes.in_bursts(stored, burst, times) == expected);
}

TEST(TransferSizes, StayCountable) {
  const auto tiles = std::int64_t{1} << 50;
  TransferSizes sizes;
  sizes.clear();
  sizes.cross_tiles(tiles, 1, 0, true);
  EXPECT_EQ(sizes.in_bursts(StoredSize::dense(8), base::Bytes(512), 1).value(), tiles * 512);
  EXPECT_EQ(sizes.in_bursts(StoredSize::dense(8), base::Bytes(1024), 1), TransferSizes::kMost);
  EXPECT_EQ(sizes.in_bursts(StoredSize::dense(8), base::Bytes(std::int64_t{1} << 40), 1),
            TransferSizes::kMost);
  EXPECT_EQ(sizes.in_bursts(StoredSize::dense(8), base::Bytes(512), 2), TransferSizes::kMost);
}

}  // namespace
}  // namespace mensa::accelerators
