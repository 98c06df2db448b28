#include "accelerators/cost/mac_cost.h"

#include <gtest/gtest.h>

#include "tests/accelerators/test_system.h"

namespace mensa::accelerators {
namespace {

using models::Dim;
using models::index;
using models::MacOperand;

LayerCost feasible(MacCostModel& model, const Mapping& mapping) {
  auto result = model.evaluate(mapping);
  const auto* missing = std::get_if<Infeasible>(&result);
  EXPECT_EQ(missing, nullptr) << (missing != nullptr ? missing->to_string() : "");
  return missing == nullptr ? std::get<LayerCost>(result) : LayerCost{};
}

/// A GEMM of 16 rows, 8 columns, 32 deep on 4 x 8 PEs that keep weights: C over rows, K over
/// columns.
class WeightStationaryGemm : public ::testing::Test {
 protected:
  WeightStationaryGemm()
      : system_(test::simple_system(
            test::simple_accelerator(4, 8, {Dim::C}, {Dim::K}, MacOperand::kWeights))) {
    question_.shape = models::gemm_shape(16, 8, 32);
    mapping_ = test::untiled(question_.shape);
    mapping_.row_unroll[index(Dim::C)] = 4;
    mapping_.column_unroll[index(Dim::K)] = 8;
    mapping_.at(Level::kBuffers).order = {Dim::G, Dim::K, Dim::C, Dim::T, Dim::R,
                                          Dim::S, Dim::N, Dim::D, Dim::P, Dim::Q};
  }
  System system_;
  MacQuestion question_;
  Mapping mapping_;
};

TEST_F(WeightStationaryGemm, TimeByHand) {
  MacCostModel model(system_, system_.accelerators.front(), question_);
  const LayerCost cost = feasible(model, mapping_);
  // 8 passes over C, 16 rows each, every PE busy.
  EXPECT_EQ(cost.compute_cycles, base::Cycles(128));
  // At 1 byte per cycle: 256 weights and 512 inputs in, 128 outputs out.
  EXPECT_EQ(cost.memory_cycles, base::Cycles(896));
  EXPECT_EQ(cost.dram.parameter_read, base::Bytes(256));
  EXPECT_EQ(cost.dram.activation_read, base::Bytes(512));
  EXPECT_EQ(cost.dram.activation_write, base::Bytes(128));
  // One tile: nothing overlaps.
  EXPECT_EQ(cost.cycles, base::Cycles(896 + 128));
  EXPECT_EQ(cost.bound, Bound::kMemory);
  EXPECT_EQ(cost.macs, 4096);
  EXPECT_DOUBLE_EQ(cost.pe_utilization, 4096.0 / (32 * 1024));
}

/// Reads and writes of a buffer with separate ports do not wait for one another.
TEST_F(WeightStationaryGemm, PortsOfABufferByHand) {
  Buffer& activations = system_.accelerators[0].buffers[1];
  activations.banks = 1;
  activations.width = base::Bytes(1);
  // As in EnergyByHand: inputs 512 in and out; outputs 7 x 128 partial sums of 4 bytes and 128
  // results of 1 in, as many out.
  constexpr std::int64_t kOneWay = 512 + 7 * 128 * 4 + 128;
  MacCostModel shared(system_, system_.accelerators.front(), question_);
  const LayerCost half = feasible(shared, mapping_);
  EXPECT_EQ(half.network_cycles, base::Cycles(2 * kOneWay));
  activations.ports = BufferPorts::kSeparate;
  MacCostModel separate(system_, system_.accelerators.front(), question_);
  EXPECT_EQ(feasible(separate, mapping_).network_cycles, base::Cycles(kOneWay));
  EXPECT_EQ(feasible(separate, mapping_).energy.buffer, half.energy.buffer);
  // Results that stay are not read: more goes in than out.
  question_.resident.outputs = true;
  MacCostModel resident(system_, system_.accelerators.front(), question_);
  EXPECT_EQ(feasible(resident, mapping_).network_cycles, base::Cycles(kOneWay));
  question_.resident.inputs = true;
  MacCostModel all_resident(system_, system_.accelerators.front(), question_);
  EXPECT_EQ(feasible(all_resident, mapping_).network_cycles, base::Cycles(kOneWay - 128));
}

/// 768 bytes in and 128 out at 1 byte per cycle each way, as in TimeByHand.
TEST_F(WeightStationaryGemm, DuplexOfThePortByHand) {
  system_.ports[0].duplex = Duplex::kFull;
  system_.memories[0].bandwidth = base::BytesPerSecond(2e9);
  MacCostModel full(system_, system_.accelerators.front(), question_);
  const LayerCost cost = feasible(full, mapping_);
  EXPECT_EQ(cost.memory_cycles, base::Cycles(768));
  EXPECT_EQ(cost.cycles, base::Cycles(768 + 128 + 128));  // one tile: nothing overlaps
  EXPECT_DOUBLE_EQ(cost.energy.dram.value(), 896 * 10);
  // A memory that is no faster than its port gives no more than it has.
  system_.memories[0].bandwidth = base::BytesPerSecond(1e9);
  MacCostModel held_up(system_, system_.accelerators.front(), question_);
  EXPECT_EQ(feasible(held_up, mapping_).memory_cycles, base::Cycles(896));
}

TEST_F(WeightStationaryGemm, EnergyByHand) {
  MacCostModel model(system_, system_.accelerators.front(), question_);
  const LayerCost cost = feasible(model, mapping_);
  EXPECT_DOUBLE_EQ(cost.energy.mac.value(), 4096);
  EXPECT_DOUBLE_EQ(cost.energy.dram.value(), 896 * 10);
  // Buffers at 2 pJ per byte. Weights: 256 in, 256 out. Inputs: 512 in; each goes once to its row,
  // shared by the columns: 512 out. Outputs: 8 passes over C, partial sums of 4 bytes added up over
  // the rows: 128 x 8 updates, of which 128 final ones of 1 byte; 128 x 7 read back; 128 bytes out.
  const double weights = 256 + 256;
  const double inputs = 512 + 512;
  const double outputs = 128 * 7 * 4 + 128 + 128 * 7 * 4 + 128;
  EXPECT_DOUBLE_EQ(cost.energy.buffer.value(), 2 * (weights + inputs + outputs));
  // Registers at 0.5 pJ per byte. A weight is written once and read at every MAC; an input is
  // written at every PE and read; a partial sum is updated at every MAC and leaves.
  const double register_weights = 256 + 4096;
  const double register_inputs = 4096 + 4096;
  // A PE holds one sum and changes it every cycle: it comes in (but the first 128 start at zero,
  // and one PE of a row gets it back and reads it), is updated, and leaves.
  const double register_outputs = 4.0 * (128 * 7 + 128 * 7 + 4096 + 4096);
  EXPECT_DOUBLE_EQ(cost.energy.register_file.value(),
                   0.5 * (register_weights + register_inputs + register_outputs));
}

TEST_F(WeightStationaryGemm, ResidentOperandsCostNoDram) {
  question_.resident.inputs = true;
  question_.resident.outputs = true;
  MacCostModel model(system_, system_.accelerators.front(), question_);
  const LayerCost cost = feasible(model, mapping_);
  EXPECT_EQ(cost.dram.read(), base::Bytes(256));
  EXPECT_EQ(cost.dram.write(), base::Bytes(0));
  EXPECT_DOUBLE_EQ(cost.energy.buffer.value(),
                   2.0 * (256 + 256 + 512 + 128 * 7 * 4 + 128 + 128 * 7 * 4));
}

/// The room limits are exact: one byte less does not fit.
TEST_F(WeightStationaryGemm, BufferCapacityAtTheLimit) {
  // Weights 256 B once; inputs 512 B and partial sums 128 x 4 B once.
  system_.accelerators[0].buffers[0].capacity = base::Bytes(256);
  system_.accelerators[0].buffers[1].capacity = base::Bytes(512 + 512);
  {
    MacCostModel model(system_, system_.accelerators.front(), question_);
    feasible(model, mapping_);
  }
  system_.accelerators[0].buffers[1].capacity = base::Bytes(512 + 511);
  MacCostModel model(system_, system_.accelerators.front(), question_);
  const auto result = model.evaluate(mapping_);
  const auto* missing = std::get_if<Infeasible>(&result);
  ASSERT_NE(missing, nullptr);
  EXPECT_EQ(missing->to_string(),
            "buffer 'activations' of array needs 1024 B but has 1023 B; a larger buffer or smaller "
            "tiles would fit");
}

/// Tiles that change are held twice.
TEST_F(WeightStationaryGemm, ChangingTilesAreDoubleBuffered) {
  mapping_.at(Level::kBuffers).tile[index(Dim::P)] = 4;
  // Inputs 4 x 32 twice, partial sums 4 x 8 x 4 B twice.
  system_.accelerators[0].buffers[1].capacity = base::Bytes(2 * 128 + 2 * 128);
  {
    MacCostModel model(system_, system_.accelerators.front(), question_);
    feasible(model, mapping_);
  }
  system_.accelerators[0].buffers[1].capacity = base::Bytes(511);
  MacCostModel model(system_, system_.accelerators.front(), question_);
  EXPECT_TRUE(std::holds_alternative<Infeasible>(model.evaluate(mapping_)));
}

TEST_F(WeightStationaryGemm, SystolicFillAndDrain) {
  auto& accelerator = system_.accelerators[0];
  accelerator.dataflow.movement[index(MacOperand::kInputs)] = Movement::kForwarded;
  accelerator.dataflow.folds_overlap = false;
  // SCALE-Sim: folds x (rows of inputs + 2 R + C - 2) - 1.
  EXPECT_EQ(fold_overhead_cycles(accelerator), 2 * 4 + 8 - 2);
  MacCostModel model(system_, accelerator, question_);
  EXPECT_EQ(feasible(model, mapping_).compute_cycles, base::Cycles(8 * (16 + 14) - 1));
  accelerator.dataflow.folds_overlap = true;
  MacCostModel overlapping(system_, accelerator, question_);
  EXPECT_EQ(feasible(overlapping, mapping_).compute_cycles, base::Cycles(8 * 16 + 14 - 1));
}

/// Tiles of 5 rows and 12 deep: the inputs come in 3 x 2 tiles of 5 x 12 = 60, 3 of 5 x 8 = 40, two
/// of 1 x 12 and one of 1 x 8 bytes. The depth runs innermost, so outputs come up once.
TEST_F(WeightStationaryGemm, DramMovesWholeBursts) {
  mapping_.at(Level::kDram).order = {Dim::G, Dim::P, Dim::K, Dim::C, Dim::T,
                                     Dim::R, Dim::S, Dim::N, Dim::D, Dim::Q};
  mapping_.at(Level::kBuffers).tile[index(Dim::P)] = 5;
  mapping_.at(Level::kBuffers).tile[index(Dim::C)] = 12;
  const auto dram = [&](std::int64_t burst) {
    system_.memories[0].burst = base::Bytes(burst);
    MacCostModel model(system_, system_.accelerators.front(), question_);
    return feasible(model, mapping_).dram;
  };
  EXPECT_EQ(dram(1).activation_read, base::Bytes(16 * 32));
  EXPECT_EQ(dram(16).activation_read, base::Bytes(6 * 64 + 3 * 48 + 3 * 16));
  EXPECT_EQ(dram(64).activation_read, base::Bytes(12 * 64));
  // Weights, 2 tiles of 12 x 8 and one of 8 x 8, come anew for each of 4 tiles of rows.
  EXPECT_EQ(dram(1).parameter_read, base::Bytes(4 * 256));
  EXPECT_EQ(dram(64).parameter_read, base::Bytes(4 * (2 * 128 + 64)));
  // Outputs: 3 tiles of 5 x 8 and one of 1 x 8.
  EXPECT_EQ(dram(64).activation_write, base::Bytes(4 * 64));
  EXPECT_EQ(dram(64).partial_sum_write, base::Bytes(0));
  // With the rows innermost partial sums go out after every tile of the depth but the last.
  mapping_.at(Level::kDram).order = {Dim::G, Dim::C, Dim::K, Dim::P, Dim::T,
                                     Dim::R, Dim::S, Dim::N, Dim::D, Dim::Q};
  EXPECT_EQ(dram(64).partial_sum_write, base::Bytes(2 * (3 * 192 + 64)));
  EXPECT_EQ(dram(64).partial_sum_read, base::Bytes(2 * (3 * 192 + 64)));
  EXPECT_EQ(dram(64).activation_write, base::Bytes(4 * 64));
}

TEST_F(WeightStationaryGemm, TailWorkRunsOnTheVectorLanes) {
  question_.tail.operations = 128 * 16;
  question_.tail.activation_read = base::Bytes(128);
  question_.tail.activation_read_from_dram = base::Bytes(128);
  question_.tail.parameter_read = base::Bytes(32);
  MacCostModel model(system_, system_.accelerators.front(), question_);
  const LayerCost cost = feasible(model, mapping_);
  EXPECT_EQ(cost.vector_cycles, base::Cycles(128 * 16 / 8));
  EXPECT_EQ(cost.dram.activation_read, base::Bytes(512 + 128));
  EXPECT_EQ(cost.dram.parameter_read, base::Bytes(256 + 32));
  EXPECT_DOUBLE_EQ(cost.energy.mac.value(), 4096 + 128 * 16);
}

TEST_F(WeightStationaryGemm, RepeatedRunsScaleAndExposeTheFirstFillOnce) {
  MacCostModel model(system_, system_.accelerators.front(), question_);
  const LayerCost run = feasible(model, mapping_);
  const LayerCost all = repeat(run, 5, system_.accelerators[0].clock);
  EXPECT_EQ(all.macs, 5 * run.macs);
  EXPECT_EQ(all.dram, run.dram.times(5));
  // Every run is one tile; the port is the bottleneck.
  EXPECT_EQ(all.cycles, run.memory_cycles * 5 + run.exposed_cycles);
  EXPECT_DOUBLE_EQ(all.energy.mac.value(), 5 * run.energy.mac.value());
  EXPECT_DOUBLE_EQ(all.pe_utilization, static_cast<double>(all.macs) /
                                           (32.0 * static_cast<double>(all.cycles.value())));
}

}  // namespace
}  // namespace mensa::accelerators
