#pragma once

#include <rapidcheck.h>

#include <algorithm>

#include "accelerators/cost/operand_zeros.h"
#include "accelerators/cost/sparse_model.h"
#include "accelerators/spec/sparsity.h"
#include "models/graph/weight_pattern.h"

namespace mensa::accelerators::test {

/// Inside of a property: any format of one operand, and any action for its zeros.
inline OperandSparsity random_operand_sparsity(models::MacOperand operand) {
  OperandSparsity sparsity;
  sparsity.format =
      *rc::gen::element(StorageFormat::kDense, StorageFormat::kBitmask, StorageFormat::kRunLength,
                        StorageFormat::kCsr, StorageFormat::kCsc);
  if (sparsity.format == StorageFormat::kRunLength) sparsity.index_bits = 4;
  if (sparsity.format == StorageFormat::kCsr || sparsity.format == StorageFormat::kCsc) {
    sparsity.relative_index = *rc::gen::arbitrary<bool>();
    sparsity.index_bits = sparsity.relative_index ? 4 : 0;
    sparsity.pointer_bits = *rc::gen::element(7, 16);
  }
  if (operand == models::MacOperand::kOutputs) {
    sparsity.compressed_to = *rc::gen::element(Level::kDram, Level::kBuffers);
    return sparsity;
  }
  sparsity.compressed_to = *rc::gen::element(Level::kDram, Level::kBuffers, Level::kRegisters);
  const auto action = [] {
    return *rc::gen::element(ZeroAction::kNone, ZeroAction::kGate, ZeroAction::kSkip);
  };
  sparsity.buffers = action();
  sparsity.registers = action();
  sparsity.macs = action();
  sparsity.decompression_energy = base::Picojoules(*rc::gen::element(0.0, 0.25));
  return sparsity;
}

/// Features that go together.
inline Sparsity random_sparsity() {
  Sparsity sparsity;
  for (const models::MacOperand operand : models::kAllMacOperands) {
    sparsity.operands[models::index(operand)] = random_operand_sparsity(operand);
  }
  const int skipped = (sparsity.skips(models::MacOperand::kWeights) ? 1 : 0) +
                      (sparsity.skips(models::MacOperand::kInputs) ? 1 : 0);
  if (skipped == 1) sparsity.matching = Matching::kOneSided;
  if (skipped == 2) sparsity.matching = *rc::gen::element(Matching::kTwoSided, Matching::kProduct);
  sparsity.positions_per_cycle = *rc::gen::element(0.0, 2.0);
  sparsity.position_energy = base::Picojoules(*rc::gen::element(0.0, 0.125));
  sparsity.stealing_group = *rc::gen::element(1, 4);
  sparsity.fifo_depth = *rc::gen::element(1, 3);
  sparsity.gated_mac_energy = *rc::gen::element(0.0, 0.25);
  return sparsity;
}

inline Zeros random_zeros() {
  Zeros zeros;
  for (OperandZeros& operand : zeros) operand.density = *rc::gen::inRange(0, 17) / 16.0;
  return zeros;
}

/// Weights of a shape, each kept with about that share.
inline models::WeightPattern random_pattern(const models::ProblemShape& shape, double density) {
  models::WeightPattern pattern;
  for (const models::Dim dim : models::kAllDims) {
    if (models::is_relevant(models::MacOperand::kWeights, dim)) {
      pattern.bounds[models::index(dim)] = shape.bound(dim);
    }
  }
  const auto size = static_cast<std::size_t>(models::product(pattern.bounds, models::kEveryDim));
  pattern.bits = models::NonzeroBits(size);
  constexpr int kParts = 1000;
  for (std::size_t i = 0; i < size; ++i) {
    if (*rc::gen::inRange(0, kParts) < density * kParts) pattern.bits.set(i);
  }
  pattern.nonzeros = pattern.bits.count();
  return pattern;
}

}  // namespace mensa::accelerators::test
