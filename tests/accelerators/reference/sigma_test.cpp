// One Flex-DPE in the manner of SIGMA on a GEMM of 128 x 128 x 128 with seeded zeros among the
// weights: the table of docs/sparsity.md.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <numeric>
#include <random>
#include <vector>

#include "accelerators/cost/sparse_mapping.h"
#include "accelerators/spec/loader.h"

namespace mensa::accelerators {
namespace {

using models::Dim;
using models::index;
using models::MacOperand;

constexpr std::int64_t kSide = 128;
constexpr std::int64_t kMultipliers = 128;

/// Exactly that share of the weights is zero, anywhere; the same on every platform.
models::WeightPattern pattern_with_zeros(int percent) {
  models::WeightPattern pattern;
  pattern.bounds[index(Dim::K)] = pattern.bounds[index(Dim::C)] = kSide;
  const auto size = static_cast<std::size_t>(kSide * kSide);
  std::vector<std::size_t> places(size);
  std::iota(places.begin(), places.end(), std::size_t{0});
  std::mt19937_64 random(1);
  for (std::size_t i = size; i > 1; --i) std::swap(places[i - 1], places[random() % i]);
  pattern.bits = models::NonzeroBits(size);
  const std::size_t kept = size - size * static_cast<std::size_t>(percent) / 100;
  for (std::size_t i = 0; i < kept; ++i) pattern.bits.set(places[i]);
  pattern.nonzeros = static_cast<std::int64_t>(kept);
  return pattern;
}

struct SigmaOutcome {
  std::int64_t kept = 0;
  LayerCost cost;
};

SigmaOutcome run(int percent) {
  const System system = load_system("sigma_like");
  const Accelerator& accelerator = system.accelerators.front();
  const models::WeightPattern pattern = pattern_with_zeros(percent);
  MacQuestion question;
  question.shape = models::gemm_shape(kSide, kSide, kSide);
  question.bits = {8, 8, 8, 32};
  OperandZeros& zeros = question.zeros[index(MacOperand::kWeights)];
  zeros.density = zeros.kept =
      static_cast<double>(pattern.nonzeros) / static_cast<double>(kSide * kSide);
  MappingCache mappings(system);
  auto found = best_sparse_mapping(mappings, accelerator, question, &pattern, Objective::kEdp);
  return {pattern.nonzeros, std::get<MappedCost>(found).cost};
}

TEST(SigmaLike, PacksKeptWeightsOntoItsMultipliers) {
  for (const int percent : {0, 50, 80, 90, 95}) {
    const auto [kept, cost] = run(percent);
    SCOPED_TRACE(percent);
    // No packing is better than full folds; rounding up costs less than a fold in each of the
    // passes.
    const std::int64_t folds = base::ceil_div(kept, kMultipliers);
    EXPECT_GE(cost.compute_cycles.value(), folds * kSide);
    EXPECT_LE(static_cast<double>(cost.compute_cycles.value()),
              static_cast<double>(folds * kSide) * 1.10);
    EXPECT_EQ(cost.fates.effectual, kept * kSide);
    EXPECT_EQ(cost.fates.all(), kSide * kSide * kSide);
  }
}

TEST(SigmaLike, DocumentsItsCycles) {
  std::ifstream stream(MENSA_SOURCE_DIR "/docs/sparsity.md");
  const std::string text((std::istreambuf_iterator<char>(stream)),
                         std::istreambuf_iterator<char>());
  for (const int percent : {0, 50, 80, 90, 95}) {
    const auto [kept, cost] = run(percent);
    const std::string row = fmt::format(
        "| {} | {} | {} | {} | {} | {:.2f} |", percent, kept,
        base::ceil_div(kept, kMultipliers) * kSide, cost.compute_cycles.value(),
        cost.cycles.value(), static_cast<double>(cost.dram.parameter_read.value()) / 1024);
    EXPECT_NE(text.find(row), std::string::npos) << "docs/sparsity.md lacks\n" << row;
  }
}

}  // namespace
}  // namespace mensa::accelerators
