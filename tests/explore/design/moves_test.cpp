#include "explore/design/moves.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

#include "tests/explore/design/designs.h"

namespace mensa::explore {
namespace {

const Platform& platform() {
  static const Platform kPlatform(test::mensa_g_memories());
  return kPlatform;
}

Blueprint any_blueprint() {
  const auto size = [](int least, int most) {
    return std::int64_t{1} << *rc::gen::inRange(least, most);
  };
  Blueprint one;
  one.rows = size(0, 11);
  one.columns = size(0, 11);
  one.dataflow = *rc::gen::inRange<std::size_t>(0, platform().dataflows().size());
  const bool streams = platform().dataflows()[one.dataflow].streams_weights;
  one.weights = base::Bytes(streams && *rc::gen::arbitrary<bool>() ? 0 : size(13, 27));
  one.activations = base::Bytes(size(13, 27));
  one.place = *rc::gen::inRange<std::size_t>(0, 2);
  return one;
}

/// What a move changes is what it says it is about.
RC_GTEST_PROP(Moves, ChangeOneThing, ()) {
  const Blueprint from = any_blueprint();
  std::vector<Move> moves =
      size_moves(platform(), from, *rc::gen::arbitrary<bool>() ? Step::kFine : Step::kDouble);
  for (const Move& move : kind_moves(platform(), from, {0, 1})) moves.push_back(move);
  RC_ASSERT(!moves.empty());
  for (const Move& move : moves) {
    RC_ASSERT(move.to != from);
    Blueprint back = move.to;
    switch (move.aspect) {
      case Aspect::kArray:
        back.rows = from.rows;
        back.columns = from.columns;
        break;
      case Aspect::kWeights:
        back.weights = from.weights;
        break;
      case Aspect::kActivations:
        back.activations = from.activations;
        break;
      case Aspect::kDataflow:
        // One that cannot stream weights brings a buffer for them.
        RC_ASSERT(move.to.weights == from.weights || from.weights.value() == 0);
        back.dataflow = from.dataflow;
        back.weights = from.weights;
        break;
      case Aspect::kPlace:
        back.place = from.place;
        break;
    }
    RC_ASSERT(back == from);
    const SizeLimits limits;
    RC_ASSERT(std::min(move.to.rows, move.to.columns) >= limits.least_side);
    RC_ASSERT(std::max(move.to.rows, move.to.columns) <= limits.most_side);
    RC_ASSERT(move.to.activations >= limits.least_buffer);
    RC_ASSERT(move.to.activations <= limits.most_buffer);
    RC_ASSERT(move.to.weights.value() > 0 ||
              platform().dataflows()[move.to.dataflow].streams_weights);
  }
}

TEST(Moves, GoBothWaysAndAcross) {
  const Blueprint from = test::blueprint(platform(), 16, 32, "pavlov", 64, 128);
  std::set<std::pair<std::int64_t, std::int64_t>> arrays;
  std::vector<std::int64_t> weights;
  for (const Move& move : size_moves(platform(), from, Step::kDouble)) {
    if (move.aspect == Aspect::kArray) arrays.emplace(move.to.rows, move.to.columns);
    if (move.aspect == Aspect::kWeights) weights.push_back(move.to.weights.value() / 1024);
  }
  const std::set<std::pair<std::int64_t, std::int64_t>> expected = {{32, 32}, {8, 32},  {16, 64},
                                                                    {16, 16}, {32, 16}, {8, 64}};
  EXPECT_EQ(arrays, expected);
  EXPECT_THAT(weights, testing::UnorderedElementsAre(128, 32, 0));
  std::set<std::size_t> dataflows;
  std::set<std::size_t> places;
  for (const Move& move : kind_moves(platform(), from, {0, 1})) {
    (move.aspect == Aspect::kDataflow ? dataflows : places)
        .insert(move.aspect == Aspect::kDataflow ? move.to.dataflow : move.to.place);
  }
  EXPECT_EQ(dataflows.size(), platform().dataflows().size() - 1);
  EXPECT_EQ(places, std::set<std::size_t>{1});
}

TEST(Moves, NameTheirAspects) {
  EXPECT_EQ(to_string(Aspect::kArray), "array");
  EXPECT_EQ(to_string(Aspect::kPlace), "place");
}

}  // namespace
}  // namespace mensa::explore
