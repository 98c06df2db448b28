// What zeros do to the cost of a layer on one accelerator: identities, limits and hand counts.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "accelerators/cost/sparse_mapping.h"
#include "tests/accelerators/mapping/random_shape.h"
#include "tests/accelerators/random_sparsity.h"
#include "tests/accelerators/test_system.h"

namespace mensa::accelerators {
namespace {

using models::Dim;
using models::index;
using models::MacOperand;

/// A machine with room for anything, so that a mapping fits whatever the density.
System boundless() {
  Accelerator accelerator =
      test::simple_accelerator(1 << 10, 1 << 10, {}, {}, MacOperand::kOutputs);
  for (Buffer& buffer : accelerator.buffers) buffer.capacity = base::Bytes(1 << 22);
  for (const MacOperand operand : models::kAllMacOperands) {
    accelerator.registers.capacity[index(operand)] = base::Bytes(1 << 20);
  }
  return test::simple_system(accelerator);
}

Mapping random_sparse_mapping(const models::ProblemShape& shape) {
  Mapping mapping;
  mapping.at(Level::kDram).tile = shape.bounds;
  for (const Dim dim : models::kAllDims) {
    const std::size_t d = index(dim);
    const std::int64_t buffered = *rc::gen::inRange<std::int64_t>(1, shape.bounds[d] + 1);
    mapping.at(Level::kBuffers).tile[d] = buffered;
    mapping.at(Level::kRegisters).tile[d] = *rc::gen::inRange<std::int64_t>(1, buffered + 1);
    mapping.row_unroll[d] = *rc::gen::inRange<std::int64_t>(1, 3);
  }
  return mapping;
}

LayerCost cost_of(const System& system, const MacQuestion& question, const Mapping& mapping,
                  const models::WeightPattern* pattern = nullptr) {
  MacCostModel model(system, system.accelerators.front(), question);
  auto result = exact_cost(model, mapping, pattern);
  const auto* cost = std::get_if<LayerCost>(&result);
  if (cost == nullptr) throw std::logic_error(std::get<Infeasible>(result).to_string());
  return *cost;
}

bool same_cost(const LayerCost& a, const LayerCost& b) {
  return a.cycles == b.cycles && a.compute_cycles == b.compute_cycles &&
         a.network_cycles == b.network_cycles && a.memory_cycles == b.memory_cycles &&
         a.dram == b.dram && a.energy.mac == b.energy.mac &&
         a.energy.register_file == b.energy.register_file && a.energy.buffer == b.energy.buffer &&
         a.energy.network == b.energy.network && a.energy.dram == b.energy.dram &&
         a.pe_utilization == b.pe_utilization;
}

/// Dense formats and no zeros: the dense model, to the last bit.
RC_GTEST_PROP(SparseCost, OfDenseOperandsIsTheDenseCost, ()) {
  System system = boundless();
  MacQuestion question;
  question.shape = test::random_shape(2);
  const Mapping mapping = random_sparse_mapping(question.shape);
  const LayerCost dense = cost_of(system, question, mapping);
  Sparsity& sparsity = system.accelerators.front().sparsity;
  sparsity = test::random_sparsity();
  for (OperandSparsity& operand : sparsity.operands) operand.format = StorageFormat::kDense;
  sparsity.position_energy = base::Picojoules(0);
  RC_ASSERT(same_cost(cost_of(system, question, mapping), dense));
}

/// A compressed format without zeros: the dense cost, and its metadata. Of a bitmask that is a bit
/// for each value in each transfer.
RC_GTEST_PROP(SparseCost, OfABitmaskWithoutZerosAddsItsBits, ()) {
  System system = boundless();
  MacQuestion question;
  question.shape = test::random_shape(2);
  const Mapping mapping = random_sparse_mapping(question.shape);
  const LayerCost dense = cost_of(system, question, mapping);
  OperandSparsity& weights =
      system.accelerators.front().sparsity.operands[index(MacOperand::kWeights)];
  weights.format = StorageFormat::kBitmask;
  weights.compressed_to = Level::kBuffers;
  const LayerCost compressed = cost_of(system, question, mapping);
  const std::int64_t moved = dense.dram.parameter_read.value();
  RC_ASSERT(compressed.dram.parameter_read.value() >= base::ceil_div(moved * 9, 8));
  // Each tile is rounded up to whole bytes.
  MacCostModel model(system, system.accelerators.front(), question);
  RC_ASSERT(std::holds_alternative<LayerCost>(model.evaluate(mapping)));
  RC_ASSERT(compressed.dram.parameter_read.value() <=
            moved * 9 / 8 + model.counts().bursts->weight_times * model.counts().tiles);
  RC_ASSERT(compressed.compute_cycles == dense.compute_cycles);
  RC_ASSERT(compressed.energy.mac == dense.energy.mac);
  RC_ASSERT(compressed.energy.register_file == dense.energy.register_file);
  RC_ASSERT(compressed.energy.buffer > dense.energy.buffer);
}

/// No MAC is lost, at any density, with any features.
RC_GTEST_PROP(SparseCost, AccountsForEveryMac, ()) {
  System system = boundless();
  system.accelerators.front().sparsity = test::random_sparsity();
  MacQuestion question;
  question.shape = test::random_shape(2);
  question.zeros = test::random_zeros();
  const LayerCost cost = cost_of(system, question, random_sparse_mapping(question.shape));
  RC_ASSERT(cost.fates.all() == question.shape.macs());
  RC_ASSERT(cost.fates.effectual >= 0);
  RC_ASSERT(cost.fates.gated >= 0);
  RC_ASSERT(cost.fates.skipped >= 0);
  RC_ASSERT(cost.pe_utilization <= 1);
}

/// More zeros never cost more.
RC_GTEST_PROP(SparseCost, GrowsWithDensity, ()) {
  System system = boundless();
  system.accelerators.front().sparsity = test::random_sparsity();
  MacQuestion question;
  question.shape = test::random_shape(2);
  const Mapping mapping = random_sparse_mapping(question.shape);
  MacQuestion sparser = question;
  for (std::size_t o = 0; o < question.zeros.size(); ++o) {
    question.zeros[o].density = *rc::gen::inRange(0, 65) / 64.0;
    sparser.zeros[o].density = question.zeros[o].density * (*rc::gen::inRange(0, 65) / 64.0);
  }
  const LayerCost more = cost_of(system, question, mapping);
  const LayerCost less = cost_of(system, sparser, mapping);
  RC_ASSERT(less.cycles <= more.cycles);
  RC_ASSERT(less.energy.total().value() <= more.energy.total().value() * (1 + 1e-9));
  RC_ASSERT(less.dram.read() + less.dram.write() <= more.dram.read() + more.dram.write());
}

/// The same where every zero among the weights is known, and the fewer weights are among the more.
RC_GTEST_PROP(SparseCost, GrowsWithThePattern, ()) {
  System system = boundless();
  Sparsity& sparsity = system.accelerators.front().sparsity;
  sparsity = test::random_sparsity();
  MacQuestion question;
  question.shape = test::random_shape(1);
  const Mapping mapping = random_sparse_mapping(question.shape);
  models::WeightPattern more = test::random_pattern(question.shape, 0.7);
  models::WeightPattern fewer = more;
  fewer.bits = models::NonzeroBits(more.bits.size());
  for (std::size_t i = 0; i < more.bits.size(); ++i) {
    if (more.bits.load(i, 1) != 0 && *rc::gen::inRange(0, 3) > 0) fewer.bits.set(i);
  }
  fewer.nonzeros = fewer.bits.count();
  const auto cost = [&](const models::WeightPattern& pattern) {
    MacQuestion known = question;
    OperandZeros& zeros = known.zeros[index(MacOperand::kWeights)];
    zeros.density = zeros.kept =
        static_cast<double>(pattern.nonzeros) / static_cast<double>(pattern.bits.size());
    zeros.room = 1;
    return cost_of(system, known, mapping, &pattern);
  };
  const LayerCost a = cost(fewer);
  const LayerCost b = cost(more);
  RC_ASSERT(a.cycles <= b.cycles);
  RC_ASSERT(a.energy.total().value() <= b.energy.total().value() * (1 + 1e-9));
}

/// 16 x 16 x 16, one tile, one PE, one register of each operand, outputs staying: loops P K C.
struct SparseGemm {
  System system;
  MacQuestion question;
  Mapping mapping;

  SparseGemm() {
    Accelerator accelerator = test::simple_accelerator(1, 1, {}, {}, MacOperand::kOutputs);
    system = test::simple_system(accelerator);
    models::ProblemShape& shape = question.shape;
    shape.bounds[index(Dim::K)] = shape.bounds[index(Dim::C)] = shape.bounds[index(Dim::P)] = 16;
    shape.input_size = {1, 16, 1};
    mapping = test::untiled(shape);
    mapping.at(Level::kBuffers).order = {Dim::G, Dim::N, Dim::D, Dim::Q, Dim::P,
                                         Dim::K, Dim::C, Dim::T, Dim::R, Dim::S};
  }
  Sparsity& sparsity() { return system.accelerators.front().sparsity; }
  OperandSparsity& of(MacOperand operand) { return sparsity().operands[index(operand)]; }
  [[nodiscard]] LayerCost cost() const { return cost_of(system, question, mapping); }
};

constexpr double kRegisterByte = 0.5;
constexpr double kBufferByte = 2;
constexpr double kDramByte = 10;

/// Dense: every MAC takes a weight and an input from the buffers, through registers of one value,
/// and reads and updates its sum, which is not read when it starts.
TEST(SparseGemm, DenseCountsAreThoseOfTheNest) {
  const SparseGemm gemm;
  const LayerCost cost = gemm.cost();
  EXPECT_EQ(cost.compute_cycles.value(), 4096);
  EXPECT_DOUBLE_EQ(cost.energy.mac.value(), 4096);
  // Fills and reads of both factors; updates, reads but for the first, and drains of sums of 4 B.
  EXPECT_DOUBLE_EQ(cost.energy.register_file.value(),
                   (4 * 4096 + (4096 + 4096 - 256 + 256) * 4) * kRegisterByte);
  // Both factors for every MAC, results written once; fills of both from DRAM, results read once.
  EXPECT_DOUBLE_EQ(cost.energy.buffer.value(), (2 * 4096 + 256 + 2 * 256 + 256) * kBufferByte);
  EXPECT_DOUBLE_EQ(cost.energy.dram.value(), 3 * 256 * kDramByte);
}

/// A quarter of the weights is not zero; a zero gates its product, and the accesses of the input
/// and of the sum: 1024 MACs remain, in the time of 4096.
TEST(SparseGemm, GatingSavesEnergyAndNoTime) {
  SparseGemm gemm;
  gemm.question.zeros[index(MacOperand::kWeights)].density = 0.25;
  OperandSparsity& weights = gemm.of(MacOperand::kWeights);
  weights.macs = weights.registers = weights.buffers = ZeroAction::kGate;
  const LayerCost cost = gemm.cost();
  EXPECT_EQ(cost.fates, (MacFates{1024, 3072, 0}));
  EXPECT_EQ(cost.compute_cycles.value(), 4096);
  EXPECT_DOUBLE_EQ(cost.energy.mac.value(), 1024);
  // Weights: filled and read for every MAC. Inputs: filled into the register (a cost of the array
  // side that stays), read for one in four. Sums: one in four.
  EXPECT_DOUBLE_EQ(
      cost.energy.register_file.value(),
      (2 * 4096 + 4096 + 1024 + (1024 + (4096 - 256) / 4.0 + 256) * 4) * kRegisterByte);
  // Inputs leave the buffer where they meet a weight that is not zero.
  EXPECT_DOUBLE_EQ(cost.energy.buffer.value(), (4096 + 1024 + 256 + 2 * 256 + 256) * kBufferByte);
  EXPECT_DOUBLE_EQ(cost.energy.dram.value(), 3 * 256 * kDramByte);
}

/// Skipped, and stored by rows of 16: a kept weight has 8 + 4 bits, 17 pointers of 16 bits make
/// 34 B. One PE needs no balance: the 1024 products take as many cycles.
TEST(SparseGemm, SkippingByRowsSavesBoth) {
  SparseGemm gemm;
  gemm.question.zeros[index(MacOperand::kWeights)].density = 0.25;
  OperandSparsity& weights = gemm.of(MacOperand::kWeights);
  weights.format = StorageFormat::kCsr;
  weights.compressed_to = Level::kBuffers;
  weights.macs = weights.buffers = ZeroAction::kSkip;
  gemm.sparsity().matching = Matching::kOneSided;
  const LayerCost cost = gemm.cost();
  EXPECT_EQ(cost.fates, (MacFates{1024, 0, 3072}));
  EXPECT_EQ(cost.compute_cycles.value(), 1024);
  const std::int64_t stored = 256 / 4 * 12 / 8 + 34;
  EXPECT_EQ(cost.dram.parameter_read.value(), stored);
  EXPECT_DOUBLE_EQ(cost.energy.mac.value(), 1024);
  // Kept weights with their coordinates, 12 bits each, come into the array and out of DRAM; inputs
  // where they are needed.
  EXPECT_DOUBLE_EQ(cost.energy.buffer.value(),
                   (1024 * 1.5 + 1024 + 256 + 64 * 1.5 + 256 + 256) * kBufferByte);
  EXPECT_DOUBLE_EQ(cost.energy.dram.value(), static_cast<double>(stored + 2 * 256) * kDramByte);
}

/// Nothing is kept: what remains is metadata, inputs and outputs.
TEST(SparseGemm, WithoutAnyWeightsIsOverhead) {
  SparseGemm gemm;
  gemm.question.zeros[index(MacOperand::kWeights)].density = 0;
  OperandSparsity& weights = gemm.of(MacOperand::kWeights);
  weights.format = StorageFormat::kBitmask;
  weights.macs = weights.buffers = ZeroAction::kSkip;
  gemm.sparsity().matching = Matching::kOneSided;
  const LayerCost cost = gemm.cost();
  EXPECT_EQ(cost.fates, (MacFates{0, 0, 4096}));
  EXPECT_EQ(cost.compute_cycles.value(), 0);
  EXPECT_EQ(cost.dram.parameter_read.value(), 256 / 8);
  EXPECT_DOUBLE_EQ(cost.energy.mac.value(), 0);
  EXPECT_DOUBLE_EQ(cost.energy.dram.value(), (32 + 2 * 256) * kDramByte);
}

/// What a full tile of known weights needs is found out: the mapper is asked for room for it.
TEST(SparseMapping, MakesRoomForTheFullestTile) {
  // Half of the output channels are dense, the others empty: every tile of few of them is full.
  models::ProblemShape shape;
  shape.bounds[index(Dim::K)] = 64;
  shape.bounds[index(Dim::C)] = 64;
  shape.bounds[index(Dim::P)] = 4;
  shape.input_size = {1, 4, 1};
  models::WeightPattern pattern;
  pattern.bounds[index(Dim::K)] = pattern.bounds[index(Dim::C)] = 64;
  pattern.bits = models::NonzeroBits(64 * 64);
  for (std::size_t i = 0; i < 32 * 64; ++i) pattern.bits.set(i);
  pattern.nonzeros = 32 * 64;

  Accelerator accelerator =
      test::simple_accelerator(2, 2, {Dim::K}, {Dim::C}, MacOperand::kOutputs);
  accelerator.buffers.front().capacity = base::Bytes(2048);
  OperandSparsity& weights = accelerator.sparsity.operands[index(MacOperand::kWeights)];
  weights.format = StorageFormat::kBitmask;
  weights.macs = ZeroAction::kSkip;
  accelerator.sparsity.matching = Matching::kOneSided;
  const System system = test::simple_system(accelerator);
  MacQuestion question;
  question.shape = shape;
  OperandZeros& zeros = question.zeros[index(MacOperand::kWeights)];
  zeros.density = zeros.kept = 0.5;
  MappingCache mappings(system);
  const auto found = best_sparse_mapping(mappings, system.accelerators.front(), question, &pattern,
                                         Objective::kLatency);
  ASSERT_TRUE(std::holds_alternative<MappedCost>(found));
  const auto& [mapping, cost] = std::get<MappedCost>(found);
  const ExactWeights exact =
      exact_weights(pattern, mapping, accelerator.sparsity,
                    MacCostModel(system, system.accelerators.front(), question).weight_storage());
  const bool is_whole = mapping.at(Level::kBuffers).tile == shape.bounds;
  EXPECT_LE(exact.largest_tile.value() * (is_whole ? 1 : 2), 2048);
  EXPECT_EQ(cost.fates.effectual, 32 * 64 * 4);
}

}  // namespace
}  // namespace mensa::accelerators
