#include "models/base/units.h"

#include <gtest/gtest.h>

namespace mensa::base {
namespace {

TEST(Units, BytesRoundUpToWholeBursts) {
  EXPECT_EQ(whole_bursts(Bytes(0), Bytes(64)), Bytes(0));
  EXPECT_EQ(whole_bursts(Bytes(1), Bytes(64)), Bytes(64));
  EXPECT_EQ(whole_bursts(Bytes(64), Bytes(64)), Bytes(64));
  EXPECT_EQ(whole_bursts(Bytes(65), Bytes(64)), Bytes(128));
  EXPECT_EQ(whole_bursts(Bytes(65), Bytes(1)), Bytes(65));
  EXPECT_EQ(whole_bursts(Bytes(0), Bytes(48)), Bytes(0));
  EXPECT_EQ(whole_bursts(Bytes(65), Bytes(48)), Bytes(96));
}

TEST(Units, PackedElementsTakeWholeBytes) {
  EXPECT_EQ(packed_bytes(0, 4), Bytes(0));
  EXPECT_EQ(packed_bytes(3, 4), Bytes(2));
  EXPECT_EQ(packed_bytes(8, 3), Bytes(3));
  EXPECT_EQ(packed_bytes(9, 3), Bytes(4));
}

}  // namespace
}  // namespace mensa::base
