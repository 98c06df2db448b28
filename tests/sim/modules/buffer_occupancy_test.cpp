// Room in the buffers of an accelerator, turn by turn, without the kernel.

#include "sim/modules/buffer_occupancy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <stdexcept>

namespace mensa::sim {
namespace {

using accelerators::LayerRoom;
using base::Bytes;
using models::index;
using models::MacOperand;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

/// Two buffers, for parameters and for activations.
constexpr std::size_t kParameters = 0;
constexpr std::size_t kActivations = 1;

std::vector<accelerators::Buffer> buffers(std::int64_t parameters, std::int64_t activations) {
  return {{"parameters", Bytes(parameters), {MacOperand::kWeights}, 1, Bytes(1)},
          {"activations",
           Bytes(activations),
           {MacOperand::kInputs, MacOperand::kOutputs},
           1,
           Bytes(1)}};
}

/// A layer with tiles of these sizes, `count` of each operand, held twice where there are several.
LayerProgram layer(const std::string& name, std::int64_t weights, std::int64_t inputs,
                   std::int64_t outputs, std::int64_t count) {
  LayerProgram program;
  program.name = name;
  const std::int64_t copies = count > 1 ? 2 : 1;
  program.room.tiles = {LayerRoom::Tile{kParameters, Bytes(weights), copies},
                        LayerRoom::Tile{kActivations, Bytes(inputs), copies},
                        LayerRoom::Tile{kActivations, Bytes(outputs), copies}};
  program.tile_counts = {count, count, count};
  return program;
}

BlockProgram block(std::vector<LayerProgram> layers) {
  BlockProgram program;
  program.layers = std::move(layers);
  return program;
}

TEST(BufferOccupancy, AddsUpTilesAndWhatStays) {
  BlockProgram program = block({layer("conv", 10, 20, 30, 2)});
  program.stays = {Bytes(5), Bytes(7), Bytes(0)};
  program.leaves = {Bytes(0), Bytes(7), Bytes(0)};
  program.layers[0].room.beside = {Bytes(0), Bytes(3), Bytes(0)};
  BufferOccupancy room("pascal", buffers(100, 200), nullptr);
  room.begin(program, 0);
  EXPECT_EQ(room.occupied(kParameters), Bytes(5));
  EXPECT_EQ(room.occupied(kActivations), Bytes(7));
  room.take(0, MacOperand::kWeights, 0);
  room.take(0, MacOperand::kWeights, 0);
  EXPECT_EQ(room.occupied(kParameters), Bytes(5 + 20));
  room.open(0, 0);
  room.open(0, 0);
  room.take(0, MacOperand::kInputs, 0);
  room.take(0, MacOperand::kOutputs, 0);
  EXPECT_EQ(room.occupied(kActivations), Bytes(7 + 3 + 20 + 30));
  for (int i = 0; i < 2; ++i) room.release(0, MacOperand::kWeights, 0);
  room.release(0, MacOperand::kInputs, 0);
  EXPECT_EQ(room.occupied(kParameters), Bytes(5));
  EXPECT_EQ(room.occupied(kActivations), Bytes(7 + 3 + 30));
  room.release(0, MacOperand::kOutputs, 0);
  room.finish(0, 0);
  room.end(0);
  EXPECT_EQ(room.occupied(kParameters), Bytes(0));
  EXPECT_EQ(room.occupied(kActivations), Bytes(7));
  EXPECT_THAT(room.peaks(), ElementsAre(Bytes(25), Bytes(60)));
}

/// Tiles that overlap so that the largest is all of the operand.
TEST(BufferOccupancy, AllOfAnOperandIsThereOnce) {
  BlockProgram program = block({layer("conv", 10, 20, 30, 1)});
  program.layers[0].tile_counts[index(MacOperand::kInputs)] = 3;
  BufferOccupancy room("pascal", buffers(10, 50), nullptr);
  room.begin(program, 0);
  room.take(0, MacOperand::kInputs, 0);
  room.take(0, MacOperand::kInputs, 0);
  EXPECT_EQ(room.occupied(kActivations), Bytes(20));
  room.release(0, MacOperand::kInputs, 0);
  EXPECT_EQ(room.occupied(kActivations), Bytes(20));
  room.release(0, MacOperand::kInputs, 0);
  EXPECT_EQ(room.occupied(kActivations), Bytes(0));
}

TEST(BufferOccupancy, MoreThanTheCapacityIsAFaultOfOurs) {
  const BlockProgram program = block({layer("conv3", 10, 20, 30, 2)});
  for (const std::int64_t missing : {0, 1}) {
    BufferOccupancy room("pascal", buffers(20 - missing, 100), nullptr);
    room.begin(program, 0);
    room.take(0, MacOperand::kWeights, 0);
    const auto take = [&] { room.take(0, MacOperand::kWeights, 0); };
    if (missing == 0) {
      EXPECT_NO_THROW(take());
      continue;
    }
    EXPECT_THAT(take, ThrowsMessage<std::logic_error>(
                          HasSubstr("pascal: buffer 'parameters' holds 20 B of 19 B in layer "
                                    "'conv3'")));
  }
}

TEST(BufferOccupancy, WhatStaysMustFitToo) {
  BlockProgram program = block({layer("conv", 10, 20, 30, 1)});
  program.stays[kActivations] = Bytes(101);
  BufferOccupancy room("pascal", buffers(100, 100), nullptr);
  EXPECT_THAT([&] { room.begin(program, 0); },
              ThrowsMessage<std::logic_error>(
                  AllOf(HasSubstr("'activations' holds 101 B of 100 B"), HasSubstr("'conv'"))));
}

TEST(BufferOccupancy, ReleasingWhatIsNotThereIsAFaultOfOurs) {
  const BlockProgram program = block({layer("conv", 10, 20, 30, 1)});
  BufferOccupancy room("pascal", buffers(100, 100), nullptr);
  room.begin(program, 0);
  EXPECT_THROW(room.release(0, MacOperand::kWeights, 0), std::logic_error);
}

/// The second layer's tile comes early only into room that the first one has no use for any more:
/// beside its last tile, but not beside its last two.
TEST(BufferOccupancy, TheNextTurnLeavesRoomForTheOneBefore) {
  const BlockProgram program = block({layer("a", 10, 1, 1, 3), layer("b", 10, 1, 1, 1)});
  BufferOccupancy room("pascal", buffers(20, 100), nullptr);
  room.begin(program, 0);
  const auto b_may_come = [&] { return room.may_take(1, MacOperand::kWeights); };
  EXPECT_FALSE(b_may_come());  // two tiles of a will be there at once
  room.take(0, MacOperand::kWeights, 0);
  room.take(0, MacOperand::kWeights, 0);
  room.release(0, MacOperand::kWeights, 0);
  EXPECT_FALSE(b_may_come());  // the third is to come
  room.take(0, MacOperand::kWeights, 0);
  EXPECT_FALSE(b_may_come());
  room.release(0, MacOperand::kWeights, 0);
  EXPECT_TRUE(b_may_come());
  room.take(1, MacOperand::kWeights, 0);
  EXPECT_EQ(room.occupied(kParameters), Bytes(20));
}

TEST(BufferOccupancy, TheLastByteDecidesWhetherTheNextTurnMayBegin) {
  BlockProgram program = block({layer("a", 10, 20, 30, 1), layer("b", 1, 40, 1, 1)});
  program.stays[kActivations] = Bytes(5);
  program.layers[0].room.beside[kActivations] = Bytes(3);
  program.layers[1].room.beside[kActivations] = Bytes(2);
  const std::int64_t enough = 5 + 3 + 20 + 30 + 2 + 40;
  for (const std::int64_t missing : {0, 1}) {
    BufferOccupancy room("pascal", buffers(100, enough - missing), nullptr);
    room.begin(program, 0);
    ASSERT_TRUE(room.may_open(1));
    room.open(1, 0);
    EXPECT_EQ(room.may_take(1, MacOperand::kInputs), missing == 0);
    room.open(0, 0);
    for (const MacOperand operand : models::kAllMacOperands) {
      room.take(0, operand, 0);
      room.release(0, operand, 0);
    }
    EXPECT_TRUE(room.may_take(1, MacOperand::kInputs));
    room.finish(0, 0);
    EXPECT_TRUE(room.may_take(1, MacOperand::kInputs));
  }
}

TEST(BufferOccupancy, RoomForResultsIsTakenTurnByTurn) {
  const BlockProgram program = block({layer("a", 1, 1, 1, 2), layer("b", 1, 1, 1, 1)});
  BufferOccupancy room("pascal", buffers(100, 100), nullptr);
  room.begin(program, 0);
  room.take(0, MacOperand::kOutputs, 0);
  EXPECT_FALSE(room.may_take(1, MacOperand::kOutputs));
  room.take(0, MacOperand::kOutputs, 0);
  EXPECT_TRUE(room.may_take(1, MacOperand::kOutputs));
}

TEST(BufferOccupancy, IsLoggedAtEachChange) {
  EventLog log;
  BlockProgram program = block({layer("conv", 10, 20, 30, 1)});
  program.stays[kActivations] = Bytes(7);
  BufferOccupancy room("pascal", buffers(100, 100), &log);
  ASSERT_EQ(log.counters.size(), 2U);
  EXPECT_EQ(log.counters[1].group, "pascal");
  EXPECT_EQ(log.counters[1].name, "buffer activations");
  EXPECT_EQ(log.counters[1].unit, "B");
  room.begin(program, 100);
  room.take(0, MacOperand::kInputs, 200);
  room.take(0, MacOperand::kOutputs, 200);
  room.release(0, MacOperand::kInputs, 300);
  std::vector<std::pair<std::int64_t, std::int64_t>> samples;
  for (const EventLog::Sample& sample : log.samples) {
    if (sample.counter == 1) samples.emplace_back(sample.at_ps, sample.value);
  }
  EXPECT_THAT(samples, ElementsAre(std::pair(0, 0), std::pair(100, 7), std::pair(200, 57),
                                   std::pair(300, 37)));
}

/// What the processes of an accelerator do with a block, one action at a time: tiles of an operand
/// are taken in order, with at most two of it there, and released in order; what is beside them is
/// there before those of activations.
class Players {
 public:
  Players(const BlockProgram& program, BufferOccupancy& room)
      : program_(program),
        room_(room),
        opened_(program.layers.size() * static_cast<std::size_t>(program.runs), false) {}

  struct Action {
    enum class What { kTake, kRelease, kOpen, kFinish } what;
    std::size_t turn = 0;
    std::size_t operand = 0;
  };
  /// Everything that one of them could do now.
  [[nodiscard]] std::vector<Action> possible() {
    std::vector<Action> actions;
    for (std::size_t o = 0; o < models::kMacOperandCount; ++o) {
      const std::size_t turn = turn_of(taken_[o], o);
      const bool is_open = turn < turns() && (o == index(MacOperand::kWeights) || opened_[turn]);
      if (is_open && taken_[o] - released_[o] < 2 &&
          room_.may_take(turn, models::kAllMacOperands[o])) {
        actions.push_back({Action::What::kTake, turn, o});
      }
      if (released_[o] < taken_[o] && turn_of(released_[o], o) == over_) {
        actions.push_back({Action::What::kRelease, over_, o});
      }
    }
    constexpr std::size_t kAhead = 3;
    for (std::size_t turn = over_; turn < std::min(turns(), over_ + kAhead); ++turn) {
      if (!opened_[turn] && room_.may_open(turn)) {
        actions.push_back({Action::What::kOpen, turn, 0});
      }
    }
    if (!done() && opened_[over_] && all_released()) {
      actions.push_back({Action::What::kFinish, over_, 0});
    }
    return actions;
  }
  void act(const Action& action) {
    const MacOperand operand = models::kAllMacOperands[action.operand];
    switch (action.what) {
      case Action::What::kTake:
        ++taken_[action.operand];
        return room_.take(action.turn, operand, 0);
      case Action::What::kRelease:
        ++released_[action.operand];
        return room_.release(action.turn, operand, 0);
      case Action::What::kOpen:
        opened_[action.turn] = true;
        return room_.open(action.turn, 0);
      case Action::What::kFinish:
        ++over_;
        return room_.finish(action.turn, 0);
    }
  }
  [[nodiscard]] bool done() const { return over_ == turns(); }

 private:
  [[nodiscard]] std::size_t turns() const { return opened_.size(); }
  /// Of the n-th tile of an operand; turns() where there is none.
  [[nodiscard]] std::size_t turn_of(std::int64_t n, std::size_t operand) const {
    std::size_t turn = 0;
    for (; turn < turns(); ++turn) {
      n -= program_.layers[turn % program_.layers.size()].tile_counts[operand];
      if (n < 0) break;
    }
    return turn;
  }
  [[nodiscard]] bool all_released() const {
    for (std::size_t o = 0; o < models::kMacOperandCount; ++o) {
      if (turn_of(released_[o], o) <= over_) return false;
    }
    return true;
  }

  const BlockProgram& program_;
  BufferOccupancy& room_;
  std::vector<bool> opened_;  ///< by turn
  std::array<std::int64_t, models::kMacOperandCount> taken_ = {};
  std::array<std::int64_t, models::kMacOperandCount> released_ = {};
  std::size_t over_ = 0;
};

/// Layers each of which fits, in whatever order things happen: nothing ever exceeds the buffers and
/// something can always go on.
RC_GTEST_PROP(BufferOccupancy, LayersThatFitNeverExceedABufferNorLock, ()) {
  BlockProgram program;
  program.runs = *rc::gen::inRange<std::int64_t>(1, 4);
  const auto layers = *rc::gen::inRange<std::size_t>(1, 4);
  const auto size = [] { return Bytes(*rc::gen::inRange<std::int64_t>(0, 20)); };
  const std::size_t buffer_count = *rc::gen::inRange<std::size_t>(1, 3);
  for (std::size_t l = 0; l < layers; ++l) {
    LayerProgram layer;
    layer.name = "layer";
    for (std::size_t o = 0; o < models::kMacOperandCount; ++o) {
      layer.tile_counts[o] = *rc::gen::inRange<std::int64_t>(0, 5);
      layer.room.tiles[o] = {*rc::gen::inRange<std::size_t>(0, buffer_count), size(),
                             layer.tile_counts[o] > 1 ? 2 : 1};
    }
    for (std::size_t b = 0; b < buffer_count; ++b) layer.room.beside[b] = size();
    program.layers.push_back(layer);
  }
  for (std::size_t b = 0; b < buffer_count; ++b) program.stays[b] = size();
  // Just enough for each layer by itself.
  std::vector<accelerators::Buffer> buffers(buffer_count);
  for (const LayerProgram& layer : program.layers) {
    const accelerators::RoomByBuffer need = layer.room.total();
    for (std::size_t b = 0; b < buffer_count; ++b) {
      buffers[b].capacity = std::max(buffers[b].capacity, need[b] + program.stays[b]);
    }
  }
  BufferOccupancy room("accelerator", buffers, nullptr);
  room.begin(program, 0);
  Players players(program, room);
  while (!players.done()) {
    const std::vector<Players::Action> possible = players.possible();
    RC_ASSERT(!possible.empty());
    players.act(possible[*rc::gen::inRange<std::size_t>(0, possible.size())]);
  }
  room.end(0);
  for (std::size_t b = 0; b < buffer_count; ++b) RC_ASSERT(room.occupied(b) == Bytes(0));
}

}  // namespace
}  // namespace mensa::sim
