#include "accelerators/spec/sparsity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "accelerators/spec/loader.h"
#include "models/base/error.h"

namespace mensa::accelerators {
namespace {

using models::MacOperand;

const Sparsity& sparsity_of(const System& system) { return system.accelerators.front().sparsity; }

System with(const std::string& flow) {
  return load_system("eyeriss_v2", {{"accelerators.eyeriss_v2.sparsity", flow}});
}

std::string flow_error(const std::string& flow) {
  try {
    static_cast<void>(with(flow));
  } catch (const base::Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(SparsityReader, TakesAllItsKeys) {
  const System system = with(
      "{weights: {format: csc, index_bits: 4, index: relative, pointer_bits: 7, "
      "compressed_to: registers, zeros: {macs: skip, registers: gate, buffers: skip}, "
      "decompression: {energy: 0.1 pJ, values_per_cycle: 4}}, "
      "inputs: {format: bitmask, granularity: 1x4, zeros: {macs: skip}}, "
      "outputs: {format: bitmask, granularity: 1x4, compressed_to: dram}, "
      "matching: {kind: two_sided, positions_per_cycle: 2, energy: 0.05 pJ}, "
      "balancing: {kind: work_stealing, group: 12}, fifo_depth: 3, gated_mac_energy: 0.1}");
  const Sparsity& sparsity = sparsity_of(system);
  const OperandSparsity& weights = sparsity.of(MacOperand::kWeights);
  EXPECT_EQ(weights.format, StorageFormat::kCsc);
  EXPECT_EQ(weights.index_bits, 4);
  EXPECT_TRUE(weights.relative_index);
  EXPECT_EQ(weights.pointer_bits, 7);
  EXPECT_EQ(weights.compressed_to, Level::kRegisters);
  EXPECT_EQ(weights.macs, ZeroAction::kSkip);
  EXPECT_EQ(weights.registers, ZeroAction::kGate);
  EXPECT_EQ(weights.buffers, ZeroAction::kSkip);
  EXPECT_DOUBLE_EQ(weights.decompression_energy.value(), 0.1);
  EXPECT_EQ(weights.decompressed_per_cycle, 4);
  EXPECT_EQ(sparsity.of(MacOperand::kInputs).block_reduction, 4);
  EXPECT_EQ(sparsity.of(MacOperand::kInputs).format_name(), "bitmask 1x4");
  EXPECT_TRUE(sparsity.of(MacOperand::kInputs).compressed_in(Level::kDram));
  EXPECT_FALSE(sparsity.of(MacOperand::kOutputs).compressed_in(Level::kBuffers));
  EXPECT_EQ(sparsity.matching, Matching::kTwoSided);
  EXPECT_EQ(sparsity.positions_per_cycle, 2);
  EXPECT_DOUBLE_EQ(sparsity.position_energy.value(), 0.05);
  EXPECT_EQ(sparsity.stealing_group, 12);
  EXPECT_EQ(sparsity.fifo_depth, 3);
  EXPECT_DOUBLE_EQ(sparsity.gated_mac_energy, 0.1);
}

TEST(SparsityReader, IsNothingWithoutTheKey) {
  EXPECT_FALSE(sparsity_of(load_system("eyeriss_v2")).any());
}

TEST(SparsityReader, TakesGroups) {
  const System system = load_system(
      "nvdla", {{"accelerators.nvdla.sparsity",
                 "{weights: {format: 2:4, zeros: {macs: skip}}, matching: {kind: one_sided}}"}});
  const OperandSparsity& weights = sparsity_of(system).of(MacOperand::kWeights);
  EXPECT_EQ(weights.format, StorageFormat::kGroups);
  EXPECT_EQ(weights.groups, (models::GroupPattern{2, 4}));
  EXPECT_EQ(weights.format_name(), "2:4");
}

/// Whoever reads them could not: activations are dense in DRAM then, and the loader says so.
TEST(SparsityReader, KeepsActivationsDenseInDramWhereFormatsDiffer) {
  const System system = with("{inputs: {format: bitmask}, outputs: {format: csr}}");
  EXPECT_FALSE(sparsity_of(system).of(MacOperand::kInputs).compressed_in(Level::kDram));
  EXPECT_TRUE(sparsity_of(system).of(MacOperand::kInputs).compressed_in(Level::kBuffers));
  EXPECT_THAT(system.warnings, testing::Contains(testing::HasSubstr("dense in DRAM")));
  const System mixed =
      load_system("mensa_g", {{"accelerators.pascal.sparsity",
                               "{inputs: {format: bitmask}, outputs: {format: bitmask}}"}});
  EXPECT_FALSE(
      mixed.accelerator("pascal").sparsity.of(MacOperand::kInputs).compressed_in(Level::kDram));
}

struct BadCase {
  std::string name;
  std::string flow;
  std::string message;
};
std::ostream& operator<<(std::ostream& out, const BadCase& bad) { return out << bad.name; }

class BadSparsity : public testing::TestWithParam<BadCase> {};

TEST_P(BadSparsity, SaysWhatIsWrong) {
  EXPECT_THAT(flow_error(GetParam().flow), testing::HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Errors, BadSparsity,
    testing::Values(
        BadCase{"MoreThanAll", "{weights: {format: 5:4}}", "1 <= N <= M"},
        BadCase{"NoneOfSome", "{weights: {format: 0:4}}", "1 <= N <= M"},
        BadCase{"GroupsOfInputs", "{inputs: {format: 2:4}}", "only weights"},
        BadCase{"UnknownFormat", "{weights: {format: bitmap}}", "bitmask"},
        BadCase{"UnknownKey", "{weights: {formt: csr}}", "formt"},
        BadCase{"RunsWithoutBits", "{weights: {format: run_length}}", "need index_bits"},
        BadCase{"BitsOfADenseFormat", "{weights: {index_bits: 4}}", "has no index_bits"},
        BadCase{"PointersOfRuns", "{weights: {format: run_length, index_bits: 4, pointer_bits: 4}}",
                "has no pointers"},
        BadCase{"ZeroOutputs", "{outputs: {zeros: {macs: skip}}}", "known only when"},
        BadCase{"OutputsInRegisters", "{outputs: {format: csr, compressed_to: registers}}",
                "sums are dense"},
        BadCase{"SkipWithoutMatching", "{weights: {zeros: {macs: skip}}}", "must be one_sided"},
        BadCase{"TwoSidesAtOnce",
                "{weights: {zeros: {macs: skip}}, inputs: {zeros: {macs: skip}}, "
                "matching: {kind: one_sided}}",
                "two_sided or product"},
        BadCase{"GroupOfNobody", "{balancing: {kind: static, group: 4}}", "has a group"},
        BadCase{"StealingFromNobody", "{balancing: {kind: work_stealing}}", "has a group"},
        BadCase{"GroupTooLarge", "{balancing: {kind: work_stealing, group: 193}}", "192"},
        BadCase{"TallActivations", "{inputs: {format: csr, granularity: 2x2}}", "1xN"},
        BadCase{"EnergyAboveADoneMac", "{gated_mac_energy: 1.5}", "1"}),
    [](const auto& bad) { return bad.param.name; });

TEST(SparsityReader, DoesNotSkipInASystolicArray) {
  const auto load = [](const std::string& flow) {
    return load_system("systolic_ideal", {{"accelerators.systolic.sparsity", flow}});
  };
  try {
    static_cast<void>(load("{weights: {zeros: {macs: skip}}, matching: {kind: one_sided}}"));
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("move in step"));
  }
  EXPECT_NO_THROW(load("{weights: {zeros: {macs: gate}}}"));
  EXPECT_NO_THROW(
      load("{weights: {format: 2:4, zeros: {macs: skip}}, matching: {kind: one_sided}}"));
}

}  // namespace
}  // namespace mensa::accelerators
