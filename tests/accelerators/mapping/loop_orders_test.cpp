#include "accelerators/mapping/loop_orders.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/graph/problem_shape.h"

namespace mensa::accelerators {
namespace {

using models::Dim;
using models::DimSet;
using testing::SizeIs;

/// The loops that walk, outermost first.
std::string walk(const LoopOrder& order, DimSet walked) {
  std::string text;
  for (const Dim dim : order) {
    if (walked.contains(dim)) text += models::to_string(dim);
  }
  return text;
}

TEST(LoopOrders, EveryOrderHoldsEveryDimensionOnce) {
  const DimSet walked = {Dim::K, Dim::C, Dim::P, Dim::Q};
  for (const auto& orders : {best_orders(free_blocks(), walked, {}),
                             all_orders(stationary_blocks(models::MacOperand::kWeights), walked)}) {
    for (LoopOrder order : orders) {
      std::sort(order.begin(), order.end());
      EXPECT_EQ(order, models::kAllDims);
    }
  }
}

TEST(LoopOrders, AllOfThemArePermutationsOfWhatWalks) {
  const DimSet walked = {Dim::K, Dim::C, Dim::P, Dim::Q};
  EXPECT_THAT(all_orders(free_blocks(), walked), SizeIs(24));
  // Weights stationary: K C outside, P Q inside.
  const LoopBlocks blocks = stationary_blocks(models::MacOperand::kWeights);
  EXPECT_THAT(all_orders(blocks, walked), SizeIs(4));
  for (const LoopOrder& order : all_orders(blocks, walked)) {
    EXPECT_TRUE(is_allowed(order, blocks, walked));
  }
}

TEST(LoopOrders, TheBestDifferInWhatRunsInnermost) {
  const DimSet walked = {Dim::G, Dim::K, Dim::C, Dim::P, Dim::Q};
  std::vector<std::string> walks;
  for (const LoopOrder& order : best_orders(free_blocks(), walked, {Dim::P, Dim::Q})) {
    walks.push_back(walk(order, walked));
  }
  // Pixels innermost, sliding along P or Q; filters innermost, with the same choice around them;
  // the sum innermost.
  EXPECT_THAT(walks, testing::ElementsAre("GKCQP", "GKCPQ", "GCQPK", "GCPQK", "GKPQC"));
}

TEST(LoopOrders, BlocksForbidTheOthers) {
  const LoopBlocks blocks = stationary_blocks(models::MacOperand::kOutputs);
  const LoopOrder order = {Dim::C, Dim::K, Dim::G, Dim::N, Dim::D,
                           Dim::P, Dim::Q, Dim::T, Dim::R, Dim::S};
  EXPECT_FALSE(is_allowed(order, blocks, {Dim::C, Dim::K}));
  EXPECT_TRUE(is_allowed(order, blocks, {Dim::K, Dim::R}));
}

}  // namespace
}  // namespace mensa::accelerators
