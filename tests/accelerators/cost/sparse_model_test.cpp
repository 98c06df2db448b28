#include "accelerators/cost/sparse_model.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/accelerators/test_system.h"

namespace mensa::accelerators {
namespace {

using models::Dim;
using models::index;
using models::MacOperand;
using models::ZeroPlacement;

constexpr OperandBits kBits = {8, 8, 8, 32};
constexpr std::array kRegisterBits = {8, 8, 32};

/// 64 output channels by 128 input channels, 10 rows.
models::ProblemShape gemm() {
  models::ProblemShape shape;
  shape.bounds[index(Dim::K)] = 64;
  shape.bounds[index(Dim::C)] = 128;
  shape.bounds[index(Dim::P)] = 10;
  shape.input_size = {1, 10, 1};
  return shape;
}

Zeros weight_density(double density) {
  Zeros zeros;
  zeros[index(MacOperand::kWeights)].density = density;
  return zeros;
}

StoredSize stored_weights(const OperandSparsity& weights, const OperandZeros& zeros) {
  Sparsity sparsity;
  sparsity.operands[index(MacOperand::kWeights)] = weights;
  Zeros all;
  all[index(MacOperand::kWeights)] = zeros;
  return SparseModel(sparsity, gemm(), kBits, kRegisterBits, all)
      .stored(MacOperand::kWeights, Level::kDram);
}

OperandSparsity format(StorageFormat kind, int index_bits = 0) {
  OperandSparsity sparsity;
  sparsity.format = kind;
  sparsity.index_bits = index_bits;
  return sparsity;
}

TEST(StoredSize, OfABitmaskHasABitForEachValue) {
  const StoredSize size = stored_weights(format(StorageFormat::kBitmask), {.density = 0.25});
  EXPECT_DOUBLE_EQ(size.bits_per_value, 0.25 * 8 + 1);
  EXPECT_EQ(size.bytes(1024, 8), base::Bytes(1024 * 3 / 8));
  EXPECT_EQ(size.bytes_of_kept(100, 1024, 8), base::Bytes((100 * 8 + 1024) / 8));
}

TEST(StoredSize, OfRowsHasCoordinatesAndPointers) {
  OperandSparsity sparsity = format(StorageFormat::kCsr);
  sparsity.pointer_bits = 16;
  const StoredSize size = stored_weights(sparsity, {.density = 0.125});
  // 128 columns: 7 bit.
  EXPECT_DOUBLE_EQ(size.bits_per_value, 0.125 * (8 + 7));
  EXPECT_EQ(size.bytes(64 * 128, 64), base::Bytes(64 * 128 / 8 * 15 / 8 + 65 * 2));
  const StoredSize columns = stored_weights(format(StorageFormat::kCsc), {.density = 0.125});
  EXPECT_DOUBLE_EQ(columns.bits_per_value, 0.125 * (8 + 6));  // 64 rows
}

/// A run of 4 bits tells of up to 15 zeros; where all 16 places are zero, one is stored. So there
/// is one entry more with every 16 zeros on the way to the next value.
TEST(StoredSize, OfRunsStoresZerosBetweenDistantValues) {
  const double density = 0.1;
  const StoredSize size =
      stored_weights(format(StorageFormat::kRunLength, 4), {.density = density});
  double entries = 0;  // for each value: the expected number of whole 16s in its gap
  for (int gap = 0; gap < 5000; ++gap) {
    entries += std::pow(1 - density, gap) * density * (1 + gap / 16);
  }
  EXPECT_NEAR(size.bits_per_value, density * entries * 12, 1e-9);
}

TEST(StoredSize, OfGroupsIsTheSameWhateverIsInThem) {
  OperandSparsity sparsity = format(StorageFormat::kGroups);
  sparsity.groups = {2, 4};
  const StoredSize size = stored_weights(sparsity, {.density = 0.3, .keeps_groups = true});
  EXPECT_DOUBLE_EQ(size.bits_per_value, 0.5 * (8 + 2));
  EXPECT_EQ(size.bytes_of_kept(17, 64, 1), base::Bytes(40));
  EXPECT_FALSE(stored_weights(sparsity, {.density = 0.3}).compressed);
  sparsity.groups = {2, 5};  // 128 channels: 25 groups, and three values of which two stay
  const StoredSize uneven = stored_weights(sparsity, {.density = 0.3, .keeps_groups = true});
  EXPECT_NEAR(uneven.bits_per_value, 52.0 / 128 * (8 + 3), 1e-12);
}

TEST(StoredSize, OfBlocksKeepsWhatStandsBesideAValue) {
  OperandSparsity sparsity = format(StorageFormat::kBitmask);
  sparsity.block_reduction = 4;
  const double kept = 1 - std::pow(0.75, 4);
  const StoredSize size = stored_weights(sparsity, {.density = 0.25});
  EXPECT_NEAR(size.bits_per_value, kept * 8 + 0.25, 1e-12);
  // Zeros that come four together leave no half-filled blocks.
  const StoredSize clustered = stored_weights(
      sparsity, {.density = 0.25, .placement = ZeroPlacement::kClustered, .cluster = 4});
  EXPECT_NEAR(clustered.bits_per_value, 0.25 * 8 + 0.25, 1e-12);
}

TEST(SparseModel, SaysThatCoordinatesAreTooNarrow) {
  Sparsity sparsity;
  sparsity.operands[index(MacOperand::kWeights)] = format(StorageFormat::kCsr, 4);
  const SparseModel model(sparsity, gemm(), kBits, kRegisterBits, weight_density(0.5));
  ASSERT_TRUE(model.unrepresentable().has_value());
  EXPECT_NE(model.unrepresentable()->to_string().find("7 bit for 128 places"), std::string::npos);
  sparsity.operands[index(MacOperand::kWeights)].relative_index = true;
  EXPECT_FALSE(SparseModel(sparsity, gemm(), kBits, kRegisterBits, weight_density(0.5))
                   .unrepresentable()
                   .has_value());
}

Sparsity acting(ZeroAction weights, ZeroAction inputs, Matching matching) {
  Sparsity sparsity;
  sparsity.operands[index(MacOperand::kWeights)].macs = weights;
  sparsity.operands[index(MacOperand::kInputs)].macs = inputs;
  sparsity.matching = matching;
  return sparsity;
}

Zeros densities(double weights, double inputs) {
  Zeros zeros = weight_density(weights);
  zeros[index(MacOperand::kInputs)].density = inputs;
  return zeros;
}

TEST(SparseModel, SortsMacsByWhatBecomesOfThem) {
  const auto fates = [](ZeroAction weights, ZeroAction inputs) {
    return SparseModel(acting(weights, inputs, Matching::kTwoSided), gemm(), kBits, kRegisterBits,
                       densities(0.25, 0.5))
        .fates(1000);
  };
  EXPECT_EQ(fates(ZeroAction::kNone, ZeroAction::kNone), (MacFates{1000, 0, 0}));
  EXPECT_EQ(fates(ZeroAction::kGate, ZeroAction::kNone), (MacFates{250, 750, 0}));
  EXPECT_EQ(fates(ZeroAction::kSkip, ZeroAction::kNone), (MacFates{250, 0, 750}));
  EXPECT_EQ(fates(ZeroAction::kSkip, ZeroAction::kGate), (MacFates{125, 125, 750}));
  EXPECT_EQ(fates(ZeroAction::kSkip, ZeroAction::kSkip), (MacFates{125, 0, 875}));
  EXPECT_EQ(fates(ZeroAction::kGate, ZeroAction::kGate), (MacFates{125, 875, 0}));
}

TEST(SparseModel, MatchingHoldsUpWhatIsSkipped) {
  Sparsity sparsity = acting(ZeroAction::kSkip, ZeroAction::kSkip, Matching::kTwoSided);
  const auto time = [&] {
    return SparseModel(sparsity, gemm(), kBits, kRegisterBits, densities(0.25, 0.5)).time_share();
  };
  EXPECT_DOUBLE_EQ(time(), 0.125);
  // Walks 0.25 + 0.5 - 0.125 of the places, two in a cycle.
  sparsity.positions_per_cycle = 2;
  EXPECT_DOUBLE_EQ(time(), 0.625 / 2);
  sparsity.matching = Matching::kProduct;
  EXPECT_DOUBLE_EQ(time(), 0.125);
}

/// The mean of the largest of n numbers drawn from the distribution that the model assumes.
TEST(SparseModel, WaitsForTheSlowestPe) {
  struct Case {
    int values;
    double density;
    int group;
  };
  std::uint64_t state = 1;
  const auto random = [&state] {
    state = state * 6364136223846793005U + 1442695040888963407U;
    return static_cast<double>(state >> 11) * 0x1p-53;
  };
  constexpr int kPes = 128;
  for (const Case& one : {Case{64, 0.3, 1}, Case{16, 0.5, 1}, Case{1, 0.05, 1}, Case{8, 0.1, 128},
                          Case{64, 0.3, 16}, Case{1, 0.9, 128}}) {
    SCOPED_TRACE(testing::Message() << one.values << " " << one.density << " " << one.group);
    Sparsity sparsity = acting(ZeroAction::kSkip, ZeroAction::kNone, Matching::kOneSided);
    sparsity.stealing_group = one.group;
    const SparseModel model(sparsity, gemm(), kBits, kRegisterBits, weight_density(one.density));
    constexpr int kRounds = 400;
    double sum = 0;
    for (int round = 0; round < kRounds; ++round) {
      int most = 0;
      for (int group = 0; group < kPes / one.group; ++group) {
        int kept = 0;
        for (int i = 0; i < one.values * one.group; ++i) kept += random() < one.density ? 1 : 0;
        most = std::max(most, (kept + one.group - 1) / one.group);
      }
      sum += most;
    }
    const double simulated = sum / kRounds / (one.values * one.density);
    SparseModel::PeTiles tiles;
    tiles.weights = one.values;
    tiles.weight_pes = kPes;
    EXPECT_NEAR(model.imbalance(tiles) / simulated, 1, one.group == 128 ? 0.35 : 0.04);
  }
  const SparseModel model(acting(ZeroAction::kSkip, ZeroAction::kNone, Matching::kOneSided), gemm(),
                          kBits, kRegisterBits, weight_density(0.3));
  SparseModel::PeTiles alone;
  alone.weights = 64;
  EXPECT_DOUBLE_EQ(model.imbalance(alone), 1);
}

TEST(SparseModel, NeverWaitsLongerThanForADensePe) {
  const SparseModel model(acting(ZeroAction::kSkip, ZeroAction::kNone, Matching::kOneSided), gemm(),
                          kBits, kRegisterBits, weight_density(0.5));
  SparseModel::PeTiles tiles;
  tiles.weights = 1;
  tiles.weight_pes = 1024;
  EXPECT_DOUBLE_EQ(model.time_share(model.imbalance(tiles)), 1);
}

/// Three values drawn of eight places, four of which are kept: none of them is with the chance
/// 4/8 x 3/7 x 2/6.
TEST(SparseModel, LeavesOutTransfersThatServeOnlyZeros) {
  models::ProblemShape shape;
  shape.bounds[index(Dim::K)] = 8;
  Sparsity sparsity;
  sparsity.operands[index(MacOperand::kWeights)].buffers = ZeroAction::kSkip;
  const SparseModel model(sparsity, shape, kBits, kRegisterBits, weight_density(0.5));
  EXPECT_NEAR(model.transfers(MacOperand::kInputs, 10, 30, true, false),
              10 * (1 - 4.0 / 8 * 3 / 7 * 2 / 6), 1e-9);
  EXPECT_NEAR(model.transfers(MacOperand::kInputs, 10, 10, true, false), 5, 1e-12);
  EXPECT_EQ(model.transfers(MacOperand::kWeights, 10, 30, true, false), 10);
}

TEST(SparseModel, GatedTransfersTakeTheirTime) {
  Sparsity sparsity;
  sparsity.operands[index(MacOperand::kWeights)].buffers = ZeroAction::kGate;
  const SparseModel model(sparsity, gemm(), kBits, kRegisterBits, weight_density(0.5));
  EXPECT_NEAR(model.transfers(MacOperand::kInputs, 10, 10, true, false), 5, 1e-12);
  EXPECT_EQ(model.transfers(MacOperand::kInputs, 10, 10, true, true), 10);
}

/// Room for the fullest of a billion tiles, and never for more than all values.
TEST(SparseModel, GivesTilesMoreRoomThanTheyNeedOnAverage) {
  Sparsity sparsity;
  sparsity.operands[index(MacOperand::kWeights)] = format(StorageFormat::kBitmask);
  Zeros zeros = weight_density(0.25);
  const SparseModel model(sparsity, gemm(), kBits, kRegisterBits, zeros);
  const double kept = 1024 * 0.25 + 6 * std::sqrt(1024 * 0.25 * 0.75);
  EXPECT_EQ(model.room(MacOperand::kWeights, Level::kBuffers, 1024, 1),
            base::Bytes((static_cast<std::int64_t>(std::ceil(kept)) * 8 + 1024) / 8));
  EXPECT_EQ(model.room(MacOperand::kWeights, Level::kBuffers, 8, 1), base::Bytes(9));
  zeros[index(MacOperand::kWeights)].room = 0.5;
  EXPECT_EQ(SparseModel(sparsity, gemm(), kBits, kRegisterBits, zeros)
                .room(MacOperand::kWeights, Level::kBuffers, 1024, 1),
            base::Bytes((512 * 8 + 1024) / 8));
}

}  // namespace
}  // namespace mensa::accelerators
