#include "accelerators/mapping/access_counts.h"

#include <gtest/gtest.h>

#include "tests/accelerators/test_system.h"

namespace mensa::accelerators {
namespace {

using models::Dim;
using models::index;
using models::MacOperand;
using test::conv;
using test::untiled;

std::array<Dim, models::kDimCount> order(std::initializer_list<Dim> first) {
  std::array<Dim, models::kDimCount> all{};
  std::size_t position = 0;
  for (const Dim dim : first) all[position++] = dim;
  for (const Dim dim : models::kAllDims) {
    if (std::find(first.begin(), first.end(), dim) == first.end()) all[position++] = dim;
  }
  return all;
}

/// Timeloop's published exercise machine: registers keep weights only, 16 PEs side by side.
StorageView weights_in_registers() {
  StorageView storage;
  storage.in_buffers = {MacOperand::kWeights, MacOperand::kInputs, MacOperand::kOutputs};
  storage.in_registers = {MacOperand::kWeights};
  storage.stationary = MacOperand::kWeights;
  storage.movement = {Movement::kMulticast, Movement::kMulticast, Movement::kReduced};
  return storage;
}

/// Counts of Timeloop v3.0.3 for a weight-stationary convolution on 16 PEs (C=16 K=32 R=S=3 P=Q=8).
TEST(AccessCounts, EqualTimeloopOnAWeightStationaryConvolution) {
  const auto shape = conv(32, 16, 8, 3);
  Mapping mapping = untiled(shape);
  mapping.column_unroll[index(Dim::K)] = 16;
  mapping.at(Level::kBuffers).order = order({Dim::C, Dim::K, Dim::R, Dim::S});
  mapping.at(Level::kRegisters).tile[index(Dim::P)] = 8;
  mapping.at(Level::kRegisters).tile[index(Dim::Q)] = 8;
  mapping.at(Level::kRegisters).order = order({Dim::P, Dim::Q});
  const AccessCounts counts = AccessCounter(shape, weights_in_registers()).count(mapping);

  EXPECT_EQ(counts.array_cycles, 18432);
  EXPECT_EQ(counts.at(Level::kRegisters, MacOperand::kWeights).reads, 18432 * 16);
  EXPECT_EQ(counts.at(Level::kRegisters, MacOperand::kWeights).fills, 288 * 16);
  EXPECT_EQ(counts.at(Level::kBuffers, MacOperand::kWeights).reads, 4608);
  EXPECT_EQ(counts.at(Level::kBuffers, MacOperand::kWeights).fills, 4608);
  EXPECT_EQ(counts.at(Level::kBuffers, MacOperand::kInputs).reads, 18432);
  EXPECT_EQ(counts.at(Level::kBuffers, MacOperand::kInputs).fills, 1600);
  EXPECT_EQ(counts.at(Level::kBuffers, MacOperand::kOutputs).reads, 292864);
  EXPECT_EQ(counts.at(Level::kBuffers, MacOperand::kOutputs).updates, 294912);
  EXPECT_EQ(counts.at(Level::kDram, MacOperand::kWeights).reads, 4608);
  EXPECT_EQ(counts.at(Level::kDram, MacOperand::kInputs).reads, 1600);
  EXPECT_EQ(counts.at(Level::kDram, MacOperand::kOutputs).updates, 2048);
  EXPECT_EQ(counts.at(Level::kDram, MacOperand::kOutputs).reads, 0);
  // On purpose otherwise than Timeloop: what the buffer sends to DRAM is read from it.
  EXPECT_EQ(counts.at(Level::kBuffers, MacOperand::kOutputs).drains, 2048);
}

/// Counts of Timeloop v3.0.3 for a stride-2 convolution in 2 x 2 tiles: the halo between tiles in
/// the direction of the walk is fetched once: 4 x 8x15x15 - 2 x 8x15x1 = 6960.
TEST(AccessCounts, EqualTimeloopOnTheHaloOfAStridedConvolution) {
  const auto shape = conv(16, 8, 14, 3, 2);
  Mapping mapping = untiled(shape);
  mapping.at(Level::kDram).order = order({Dim::P, Dim::Q});
  mapping.at(Level::kBuffers).tile[index(Dim::P)] = 7;
  mapping.at(Level::kBuffers).tile[index(Dim::Q)] = 7;
  mapping.at(Level::kBuffers).order = order({Dim::C, Dim::R, Dim::S});
  mapping.column_unroll[index(Dim::K)] = 16;
  mapping.at(Level::kRegisters).tile[index(Dim::P)] = 7;
  mapping.at(Level::kRegisters).tile[index(Dim::Q)] = 7;
  AccessCounter counter(shape, weights_in_registers());
  const AccessCounts counts = counter.count(mapping);

  EXPECT_EQ(counts.array_cycles, 14112);
  EXPECT_EQ(counts.tiles, 4);
  EXPECT_EQ(counts.at(Level::kDram, MacOperand::kInputs).reads, 6960);
  EXPECT_EQ(counts.at(Level::kBuffers, MacOperand::kInputs).fills, 6960);
  EXPECT_EQ(counts.at(Level::kBuffers, MacOperand::kInputs).reads, 14112);
  EXPECT_EQ(counts.at(Level::kBuffers, MacOperand::kWeights).fills, 1152);
  EXPECT_EQ(counts.at(Level::kBuffers, MacOperand::kWeights).reads, 4608);
  EXPECT_EQ(counts.at(Level::kRegisters, MacOperand::kWeights).fills, 288 * 16);
  EXPECT_EQ(counts.at(Level::kBuffers, MacOperand::kOutputs).reads, 222656);
  EXPECT_EQ(counts.at(Level::kBuffers, MacOperand::kOutputs).updates, 225792);
  EXPECT_EQ(counts.at(Level::kDram, MacOperand::kOutputs).updates, 3136);
  const models::DimArray tile = mapping.at(Level::kBuffers).tile;
  EXPECT_EQ(counter.tile_elements(MacOperand::kInputs, tile), 1800);
  EXPECT_EQ(counter.tile_elements(MacOperand::kWeights, tile), 1152);
  EXPECT_EQ(counter.tile_elements(MacOperand::kOutputs, tile), 784);
}

/// A GEMM of 5 rows, 7 columns, 3 deep, by hand: tiles of 2 rows and 4 columns leave remainders.
TEST(AccessCounts, CountsRemainderTilesExactly) {
  const auto shape = models::gemm_shape(5, 7, 3);
  Mapping mapping = untiled(shape);
  mapping.at(Level::kDram).order = order({Dim::P, Dim::K, Dim::C});
  mapping.at(Level::kBuffers).tile[index(Dim::P)] = 2;
  mapping.at(Level::kBuffers).tile[index(Dim::K)] = 4;
  StorageView storage = weights_in_registers();
  storage.in_registers = {MacOperand::kWeights, MacOperand::kInputs, MacOperand::kOutputs};
  const AccessCounts counts = AccessCounter(shape, storage).count(mapping);
  EXPECT_EQ(counts.tiles, 3 * 2);
  EXPECT_EQ(counts.array_cycles, 5 * 7 * 3);
  // K is innermost: inputs stay while it runs, weights (7 x 3) are fetched for each of 3 row tiles.
  EXPECT_EQ(counts.at(Level::kDram, MacOperand::kInputs).reads, 5 * 3);
  EXPECT_EQ(counts.at(Level::kDram, MacOperand::kWeights).reads, 7 * 3 * 3);
  EXPECT_EQ(counts.at(Level::kDram, MacOperand::kOutputs).updates, 5 * 7);
}

/// Partial sums: with the reduction outside, every output goes out and comes back between.
TEST(AccessCounts, PartialSumsSpillWhenTheReductionIsOutside) {
  const auto shape = models::gemm_shape(4, 6, 10);
  Mapping mapping = untiled(shape);
  mapping.at(Level::kDram).order = order({Dim::C, Dim::P, Dim::K});
  mapping.at(Level::kBuffers).tile[index(Dim::C)] = 4;  // 4, 4, 2: three visits
  mapping.at(Level::kBuffers).tile[index(Dim::P)] = 2;
  const AccessCounts counts = AccessCounter(shape, weights_in_registers()).count(mapping);
  EXPECT_TRUE(counts.partial_sums_in_dram);
  EXPECT_EQ(counts.at(Level::kDram, MacOperand::kOutputs).updates, 3 * 24);
  EXPECT_EQ(counts.at(Level::kDram, MacOperand::kOutputs).reads, 2 * 24);
  EXPECT_EQ(counts.at(Level::kBuffers, MacOperand::kOutputs).fills, 2 * 24);
}

/// Four PEs reduce over C: each keeps its own partial sum, the buffer sees one.
TEST(AccessCounts, SpatialReductionMakesOneUpdate) {
  const auto shape = models::gemm_shape(3, 2, 8);
  Mapping mapping = untiled(shape);
  mapping.row_unroll[index(Dim::C)] = 4;
  mapping.at(Level::kBuffers).order = order({Dim::K, Dim::P, Dim::C});
  StorageView storage = weights_in_registers();
  storage.in_registers = {MacOperand::kWeights, MacOperand::kOutputs};
  storage.stationary = MacOperand::kOutputs;
  const AccessCounts counts = AccessCounter(shape, storage).count(mapping);
  EXPECT_EQ(counts.array_cycles, 3 * 2 * 2);
  EXPECT_EQ(counts.at(Level::kBuffers, MacOperand::kOutputs).updates, 6);
  EXPECT_EQ(counts.at(Level::kBuffers, MacOperand::kOutputs).reads, 0);
  EXPECT_EQ(counts.at(Level::kRegisters, MacOperand::kOutputs).drains, 6 * 4);
  EXPECT_EQ(counts.at(Level::kRegisters, MacOperand::kOutputs).updates, 48);
  EXPECT_EQ(counts.at(Level::kRegisters, MacOperand::kOutputs).reads, 48 - 6 * 4);
}

/// Padding is in the MACs but never read; a stride of 2 under a 1 x 1 kernel skips rows.
TEST(AccessCounts, PaddingAndSkippedRowsMoveNoData) {
  const auto padded = conv(1, 1, 4, 3, 1, true);
  const AccessCounts counts = AccessCounter(padded, weights_in_registers()).count(untiled(padded));
  EXPECT_EQ(counts.at(Level::kDram, MacOperand::kInputs).reads, 16);
  EXPECT_EQ(counts.array_cycles, 16 * 9);
  EXPECT_EQ(counts.at(Level::kBuffers, MacOperand::kInputs).reads, 10 * 10);  // real products
  const auto strided = conv(1, 1, 4, 1, 2);
  const AccessCounts sparse =
      AccessCounter(strided, weights_in_registers()).count(untiled(strided));
  EXPECT_EQ(sparse.at(Level::kDram, MacOperand::kInputs).reads, 16);  // of 7 x 7
}

TEST(AccessCounts, LoopsOfOneIterationChangeNothing) {
  const auto shape = conv(8, 4, 6, 3, 1, true);
  Mapping mapping = untiled(shape);
  mapping.at(Level::kBuffers).tile[index(Dim::P)] = 2;
  mapping.at(Level::kDram).order = order({Dim::P, Dim::K, Dim::Q, Dim::C});
  AccessCounter counter(shape, weights_in_registers());
  const AccessCounts before = counter.count(mapping);
  mapping.at(Level::kDram).order = order({Dim::Q, Dim::C, Dim::P, Dim::S, Dim::K});
  const AccessCounts after = counter.count(mapping);
  EXPECT_EQ(before.levels, after.levels);
}

TEST(CheckMapping, RejectsWhatDoesNotNestOrFit) {
  const auto accelerator = test::simple_accelerator(4, 4, {Dim::C}, {Dim::K}, MacOperand::kWeights);
  const auto shape = models::gemm_shape(4, 4, 4);
  Mapping good = untiled(shape);
  good.row_unroll[index(Dim::C)] = 4;
  EXPECT_NO_THROW(check_mapping(good, shape, accelerator));
  Mapping bad = good;
  bad.row_unroll[index(Dim::C)] = 5;
  EXPECT_ANY_THROW(check_mapping(bad, shape, accelerator));
  bad = good;
  bad.column_unroll[index(Dim::P)] = 2;
  EXPECT_ANY_THROW(check_mapping(bad, shape, accelerator));
  bad = good;
  bad.at(Level::kBuffers).tile[index(Dim::P)] = 5;
  EXPECT_ANY_THROW(check_mapping(bad, shape, accelerator));
  bad = good;
  bad.at(Level::kDram).order[0] = Dim::S;
  EXPECT_ANY_THROW(check_mapping(bad, shape, accelerator));
}

}  // namespace
}  // namespace mensa::accelerators
