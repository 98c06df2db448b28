#include "scheduler/clusters/families.h"

#include <gtest/gtest.h>

namespace mensa::scheduler {
namespace {

LayerTraits family_traits(std::int64_t parameter_bytes, double reuse, std::int64_t macs) {
  LayerTraits result;
  result.parameter_bytes = parameter_bytes;
  result.parameter_reuse = reuse;
  result.macs = macs;
  return result;
}

TEST(Families, TypicalLayersLandInTheirBoxes) {
  const FamilyTable table = FamilyTable::load();
  ASSERT_EQ(table.families().size(), 5U);
  const auto family = [&](const LayerTraits& t) {
    const auto match = table.classify(t);
    return match.has_value() && match->inside ? match->number : 0;
  };
  // 3 x 3, 64 to 64 channels on 56 x 56 pixels.
  EXPECT_EQ(family(family_traits(36864, 3136, 115605504)), 1);
  // 1 x 1, 1024 to 256 channels on 14 x 14 pixels.
  EXPECT_EQ(family(family_traits(262144, 196, 51380224)), 2);
  // Gates of an LSTM with 1024 cells.
  EXPECT_EQ(family(family_traits(4194304, 1, 4194304)), 3);
  // 1 x 1, 512 to 1024 channels on 7 x 7 pixels: 49 MACs per parameter byte.
  EXPECT_EQ(family(family_traits(524288, 49, 24690000)), 4);
  // Depthwise 3 x 3 over 384 channels on 14 x 14 pixels.
  EXPECT_EQ(family(family_traits(3456, 196, 677376)), 5);
}

TEST(Families, BoundsBelongToTheBox) {
  const FamilyTable table = FamilyTable::load();
  EXPECT_TRUE(table.classify(family_traits(900000, 0.5, 100000))->inside);
  EXPECT_FALSE(table.classify(family_traits(899999, 0.5, 100000))->inside);
  EXPECT_FALSE(table.classify(family_traits(900000, 0.49, 100000))->inside);
}

TEST(Families, OutsideTheNearestBoxIsTakenAndMarked) {
  const FamilyTable table = FamilyTable::load();
  const auto match = table.classify(family_traits(25000000, 1, 25000000));
  ASSERT_TRUE(match.has_value());
  EXPECT_EQ(match->number, 3);
  EXPECT_FALSE(match->inside);
  EXPECT_FALSE(table.classify(family_traits(0, 0, 0)).has_value());
}

}  // namespace
}  // namespace mensa::scheduler
