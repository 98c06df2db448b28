#include "accelerators/mapping/map_space.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

#include "tests/accelerators/test_system.h"

namespace mensa::accelerators {
namespace {

using models::Dim;
using models::DimSet;
using models::index;
using models::MacOperand;
using test::conv;

constexpr auto kEveryUnrolling = [](const ArrayMapping& /*unrolling*/) { return true; };

RC_GTEST_PROP(TileSizes, AreTheDistinctValuesOfCeiling, ()) {
  const std::int64_t bound = *rc::gen::inRange<std::int64_t>(1, kMostBoundInFull + 1);
  std::set<std::int64_t, std::greater<>> expected;
  for (std::int64_t k = 1; k <= bound; ++k) expected.insert((bound + k - 1) / k);
  RC_ASSERT(tile_sizes(bound) == std::vector<std::int64_t>(expected.begin(), expected.end()));
}

TEST(TileSizes, OfHugeBoundsAreFew) {
  const auto sizes = tile_sizes(std::int64_t{1} << 53);
  EXPECT_EQ(sizes.size(), 54U);
  EXPECT_EQ(sizes.front(), std::int64_t{1} << 53);
  EXPECT_EQ(sizes.back(), 1);
}

TEST(ArrayMappings, StayWithinArrayDataflowAndRegisters) {
  Accelerator accelerator =
      test::simple_accelerator(6, 5, {Dim::C, Dim::R}, {Dim::K, Dim::C}, MacOperand::kWeights);
  accelerator.dataflow.register_dims = {Dim::K, Dim::S};
  const auto shape = conv(7, 9, 4, 3);
  std::set<std::array<models::DimArray, 3>> seen;
  visit_array_mappings(
      shape, accelerator, {4, 100, 100}, kEveryUnrolling, [&](const ArrayMapping& array) {
        std::int64_t rows = 1;
        std::int64_t columns = 1;
        for (const Dim dim : models::kAllDims) {
          const std::size_t d = index(dim);
          rows *= array.row_unroll[d];
          columns *= array.column_unroll[d];
          if (array.row_unroll[d] > 1) {
            EXPECT_TRUE((DimSet{Dim::C, Dim::R}.contains(dim)));
          }
          if (array.column_unroll[d] > 1) {
            EXPECT_TRUE((DimSet{Dim::K, Dim::C}.contains(dim)));
          }
        }
        EXPECT_LE(rows, 6);
        EXPECT_LE(columns, 5);
        EXPECT_LE(array.register_tile[index(Dim::K)] * array.register_tile[index(Dim::S)], 4);
        EXPECT_TRUE(
            seen.insert({array.row_unroll, array.column_unroll, array.register_tile}).second)
            << "the same twice";
      });
  // C 5 x R 1 on the rows (C 9 over 5 leaves 2), K 2 x C 2 on the columns, K 2 x S 2 in registers.
  models::DimArray rows = models::kUnitDims;
  models::DimArray columns = models::kUnitDims;
  models::DimArray kept = models::kUnitDims;
  rows[index(Dim::C)] = 5;
  columns[index(Dim::K)] = columns[index(Dim::C)] = 2;
  kept[index(Dim::K)] = kept[index(Dim::S)] = 2;
  EXPECT_TRUE(seen.contains({rows, columns, kept}));
}

TEST(ArrayMappings, AGroupUnrollsAsFarAsItCan) {
  Accelerator accelerator = test::simple_accelerator(10, 4, {}, {Dim::K}, MacOperand::kOutputs);
  accelerator.dataflow.row_groups = {{Dim::P, Dim::Q}};
  int grouped = 0;
  visit_array_mappings(conv(4, 2, 3, 1), accelerator, {0, 0, 0}, kEveryUnrolling,
                       [&](const ArrayMapping& array) {
                         if (!array.grouped()) return;
                         ++grouped;
                         EXPECT_EQ(array.groups[0].factor, 9);
                       });
  EXPECT_EQ(grouped, 3);  // K 4, 2 and 1
}

TEST(ArrayMappings, UnrollingsThatAreNotKeptAreLeftOut) {
  const Accelerator accelerator =
      test::simple_accelerator(4, 4, {Dim::P}, {Dim::K}, MacOperand::kOutputs);
  int visits = 0;
  visit_array_mappings(
      conv(4, 2, 4, 1), accelerator, {0, 0, 0},
      [](const ArrayMapping& array) { return array.row_unroll[index(Dim::P)] == 4; },
      [&](const ArrayMapping& /*array*/) { ++visits; });
  EXPECT_EQ(visits, 3);  // K 4, 2 and 1
}

}  // namespace
}  // namespace mensa::accelerators
