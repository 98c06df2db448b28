#include "accelerators/cost/layer_room.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "accelerators/cost/mac_cost.h"
#include "accelerators/cost/vector_cost.h"
#include "accelerators/mapping/tile_stream.h"
#include "tests/accelerators/mapping/random_shape.h"
#include "tests/accelerators/test_system.h"

namespace mensa::accelerators {
namespace {

using base::Bytes;
using models::Dim;
using models::index;
using models::MacOperand;

constexpr std::size_t kWeightBuffer = 0;
constexpr std::size_t kActivationBuffer = 1;

LayerRoom::Tile tile_of(const LayerRoom& room, MacOperand operand) {
  return room.tiles[index(operand)];
}

/// A product of 32 x 24 by 24 x 40, in two tiles over K and three over C.
class TiledProduct : public testing::Test {
 protected:
  TiledProduct()
      : system_(test::simple_system(
            test::simple_accelerator(1, 1, {Dim::C}, {Dim::K}, MacOperand::kWeights))) {
    question_.shape = models::gemm_shape(32, 40, 24);
    mapping_ = test::untiled(question_.shape);
    mapping_.at(Level::kBuffers).tile[index(Dim::K)] = 20;
    mapping_.at(Level::kBuffers).tile[index(Dim::C)] = 8;
    for (const Dim dim : {Dim::P, Dim::K, Dim::C}) {
      mapping_.at(Level::kRegisters).tile[index(dim)] = 1;
    }
  }
  [[nodiscard]] LayerRoom room() const {
    return MacCostModel(system_, system_.accelerators.front(), question_).room(mapping_);
  }
  System system_;
  MacQuestion question_;
  Mapping mapping_;
};

TEST_F(TiledProduct, TilesAreHeldTwice) {
  const LayerRoom room = this->room();
  EXPECT_EQ(tile_of(room, MacOperand::kWeights).buffer, kWeightBuffer);
  EXPECT_EQ(tile_of(room, MacOperand::kWeights).bytes, Bytes(20 * 8));
  EXPECT_EQ(tile_of(room, MacOperand::kWeights).copies, 2);
  EXPECT_EQ(tile_of(room, MacOperand::kInputs).buffer, kActivationBuffer);
  EXPECT_EQ(tile_of(room, MacOperand::kInputs).bytes, Bytes(32 * 8));
  EXPECT_EQ(tile_of(room, MacOperand::kInputs).copies, 2);
  // Sums come back, at four bytes each.
  EXPECT_EQ(tile_of(room, MacOperand::kOutputs).bytes, Bytes(32 * 20 * 4));
  EXPECT_EQ(tile_of(room, MacOperand::kOutputs).copies, 2);
  EXPECT_EQ(room.total(), (RoomByBuffer{Bytes(2 * 160), Bytes(2 * 256 + 2 * 2560), Bytes(0)}));
}

TEST_F(TiledProduct, WhatDoesNotChangeIsHeldOnce) {
  mapping_.at(Level::kBuffers).tile[index(Dim::C)] = 24;
  EXPECT_EQ(tile_of(room(), MacOperand::kInputs).bytes, Bytes(32 * 24));
  EXPECT_EQ(tile_of(room(), MacOperand::kInputs).copies, 1);
}

TEST_F(TiledProduct, WhatStaysIsThereAsAWhole) {
  question_.resident = {true, true, false};
  question_.reserved_parameters = Bytes(7);
  question_.reserved_activations = Bytes(9);
  const LayerRoom room = this->room();
  EXPECT_EQ(room.stays, (RoomByBuffer{Bytes(40 * 24 + 7), Bytes(32 * 24 + 9), Bytes(0)}));
  EXPECT_EQ(tile_of(room, MacOperand::kWeights).buffer, LayerRoom::Tile::kNowhere);
  EXPECT_EQ(tile_of(room, MacOperand::kInputs).buffer, LayerRoom::Tile::kNowhere);
}

TEST_F(TiledProduct, SumsOfOutputsThatStayAreBesideThem) {
  question_.resident.outputs = true;
  mapping_.at(Level::kBuffers).tile[index(Dim::C)] = 24;
  EXPECT_EQ(room().stays[kActivationBuffer], Bytes(32 * 40));
  EXPECT_EQ(room().beside[kActivationBuffer], Bytes(32 * 20 * 4));
}

TEST_F(TiledProduct, SumsThatComeBackStayAtFullWidth) {
  question_.resident.outputs = true;
  mapping_.at(Level::kDram).order = {Dim::C, Dim::K, Dim::G, Dim::N, Dim::D,
                                     Dim::P, Dim::Q, Dim::T, Dim::R, Dim::S};
  EXPECT_EQ(room().stays[kActivationBuffer], Bytes(32 * 40 * 4));
  EXPECT_EQ(room().beside[kActivationBuffer], Bytes(0));
}

TEST_F(TiledProduct, OperandsOfTheTailStreamBesideThem) {
  question_.tail.streamed_operands = 1;
  EXPECT_EQ(room().beside[kActivationBuffer], Bytes(2 * 32 * 20));
}

TEST_F(TiledProduct, ParametersWithoutABufferTakeNone) {
  Accelerator& accelerator = system_.accelerators.front();
  accelerator.buffers.erase(accelerator.buffers.begin());
  accelerator.registers.capacity[index(MacOperand::kWeights)] = Bytes(4);
  EXPECT_EQ(tile_of(room(), MacOperand::kWeights).buffer, LayerRoom::Tile::kNowhere);
  EXPECT_EQ(tile_of(room(), MacOperand::kInputs).buffer, 0U);
}

/// With exactly as much as room() says the mapping fits, with a byte less it does not.
TEST_F(TiledProduct, IsWhatDecidesWhetherItFits) {
  question_.tail.streamed_operands = 1;
  question_.tail.operations = 1;
  const RoomByBuffer need = room().total();
  auto& buffers = system_.accelerators.front().buffers;
  const auto fits = [&] {
    MacCostModel model(system_, system_.accelerators.front(), question_);
    return std::holds_alternative<LayerCost>(model.evaluate(mapping_));
  };
  for (std::size_t b = 0; b < buffers.size(); ++b) {
    buffers[b].capacity = need[b];
    EXPECT_TRUE(fits());
    buffers[b].capacity = need[b] - Bytes(1);
    EXPECT_FALSE(fits());
    EXPECT_EQ(shortage(system_.accelerators.front(), need, "hint")->need,
              std::to_string(need[b].value()) + " B");
    buffers[b].capacity = need[b];
  }
  EXPECT_FALSE(shortage(system_.accelerators.front(), need, "hint").has_value());
}

/// Bytes of a whole operand at the width at which its tiles are held.
Bytes all_of(const MacCostModel& model, const MacQuestion& question, MacOperand operand) {
  const bool sums = operand == MacOperand::kOutputs && model.counts().partial_sums_in_buffers;
  return base::packed_bytes(model.counter().whole_elements(operand),
                            sums ? question.bits.accumulators : 8);
}

/// Two independent accounts: an operand of which the tile walk brings several tiles has room for
/// two of them, or for all of it: the largest tile of inputs may touch them all.
RC_GTEST_PROP(LayerRoom, SeveralTilesHaveRoomForTwo, ()) {
  const models::ProblemShape shape = test::random_shape(5);
  Mapping mapping = test::untiled(shape);
  for (const Dim dim : models::kAllDims) {
    const std::size_t d = index(dim);
    mapping.at(Level::kBuffers).tile[d] = *rc::gen::inRange<std::int64_t>(1, shape.bounds[d] + 1);
    mapping.at(Level::kRegisters).tile[d] = 1;
  }
  auto& order = mapping.at(Level::kDram).order;
  for (std::size_t i = models::kDimCount; i > 1; --i) {
    std::swap(order[i - 1], order[*rc::gen::inRange<std::size_t>(0, i)]);
  }
  System system =
      test::simple_system(test::simple_accelerator(1, 1, {Dim::C}, {Dim::K}, MacOperand::kWeights));
  for (Buffer& buffer : system.accelerators.front().buffers) buffer.capacity = Bytes(1 << 24);
  const Accelerator& accelerator = system.accelerators.front();
  MacQuestion question;
  question.shape = shape;
  MacCostModel model(system, accelerator, question);
  const auto result = model.evaluate(mapping);
  const auto& cost = std::get<LayerCost>(result);
  const LayerRoom room = model.room(mapping);
  std::array<int, models::kMacOperandCount> tiles = {};
  for (const TileStep& step :
       tile_stream(system, accelerator.id, question, mapping, cost, std::size_t{1} << 22)) {
    for (const MacOperand operand : models::kAllMacOperands) {
      if (step.changes.contains(operand)) ++tiles[index(operand)];
    }
  }
  for (const MacOperand operand : models::kAllMacOperands) {
    RC_ASSERT(tiles[index(operand)] >= 1);
    const bool all = tile_of(room, operand).bytes == all_of(model, question, operand);
    RC_ASSERT(tile_of(room, operand).copies == (all ? 1 : 2));
    if (operand != MacOperand::kInputs) RC_ASSERT(all == (tiles[index(operand)] == 1));
    RC_ASSERT(all || tiles[index(operand)] > 1);
  }
}

class StreamedRoom : public testing::Test {
 protected:
  [[nodiscard]] RoomByBuffer total(const DramTraffic& dram) const {
    return vector_room(system_.accelerators.front(), question_, dram).total();
  }
  System system_ =
      test::simple_system(test::simple_accelerator(1, 1, {Dim::C}, {Dim::K}, MacOperand::kWeights));
  VectorQuestion question_;
};

TEST_F(StreamedRoom, OnePieceIsThereOnce) {
  DramTraffic dram;
  dram.activation_read = kVectorChunk;
  dram.activation_write = Bytes(100);
  EXPECT_EQ(total(dram)[kActivationBuffer], kVectorChunk + Bytes(100));
}

TEST_F(StreamedRoom, SeveralPiecesAreThereTwice) {
  DramTraffic dram;
  dram.parameter_read = Bytes(300);
  dram.activation_read = kVectorChunk * 3 - Bytes(300);
  dram.activation_write = Bytes(10);
  EXPECT_EQ(total(dram)[kActivationBuffer], Bytes(2 * (100 + 3996 + 4)));
  EXPECT_EQ(total(dram)[kWeightBuffer], Bytes(0));
}

TEST_F(StreamedRoom, WhatStaysIsBesideThem) {
  question_.held = Bytes(1000);
  question_.held_parameters = Bytes(500);
  EXPECT_EQ(total({}), (RoomByBuffer{Bytes(500), Bytes(1000), Bytes(0)}));
}

}  // namespace
}  // namespace mensa::accelerators
