#include "accelerators/mapping/access_counts.h"

#include <gtest/gtest.h>

#include "accelerators/mapping/check_mapping.h"
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

/// Registers keep weights only; partial sums return to the buffer, added up over PEs.
StorageView weights_in_registers() {
  StorageView storage;
  storage.in_buffers = {MacOperand::kWeights, MacOperand::kInputs, MacOperand::kOutputs};
  storage.in_registers = {MacOperand::kWeights};
  storage.stationary = MacOperand::kWeights;
  storage.movement = {Movement::kMulticast, Movement::kMulticast, Movement::kReduced};
  return storage;
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
