#include "accelerators/cost/sparse_use.h"

#include "accelerators/cost/sparse_mapping.h"

namespace mensa::accelerators {

using models::index;
using models::MacOperand;

namespace {

std::string kernel_of(const Sparsity& sparsity, const SparseModel& model, const MacFates& fates) {
  const OperandSparsity& weights = sparsity.of(MacOperand::kWeights);
  if (weights.format == StorageFormat::kGroups && model.applies(MacOperand::kWeights)) {
    return weights.format_name();
  }
  if (fates.skipped > 0) return "skipped";
  return fates.gated > 0 ? "gated" : "dense";
}

StoredOperand stored_operand(const MacCostModel& model, MacOperand operand,
                             const models::WeightPattern* pattern) {
  const AccessCounter& counter = model.counter();
  const StoredSize& size = model.sparse().stored(operand, Level::kDram);
  const std::int64_t values = counter.whole_elements(operand);
  const std::int64_t fibers = size.pointer_bits > 0 ? counter.whole_fibers(operand, size.rows) : 1;
  const bool is_known = operand == MacOperand::kWeights && pattern != nullptr;
  const double kept = is_known ? static_cast<double>(pattern->nonzeros)
                               : model.sparse().kept(operand) * static_cast<double>(values);
  StoredOperand stored;
  stored.dense = base::packed_bytes(values, size.value_bits);
  stored.stored =
      is_known ? size.bytes_of_kept(pattern->nonzeros, values, fibers) : size.bytes(values, fibers);
  if (size.compressed) {
    const auto value_bytes = static_cast<std::int64_t>(kept * size.value_bits / 8.0);
    stored.metadata = std::max(base::Bytes(0), stored.stored - base::Bytes(value_bytes));
  }
  return stored;
}

}  // namespace

std::optional<SparseUse> sparse_use(const System& system, AcceleratorId accelerator,
                                    const LayerEvaluation& evaluation) {
  if (!evaluation.question || evaluation.on_host) return std::nullopt;
  const Accelerator& its = system.accelerator(accelerator);
  if (!its.sparsity.any()) return std::nullopt;
  const models::WeightPattern* const pattern = evaluation.weight_pattern.get();
  MacCostModel model(system, its, *evaluation.question);
  const LayerCost cost = std::get<LayerCost>(exact_cost(model, *evaluation.mapping, pattern));
  SparseUse use;
  use.macs = cost.fates.times(evaluation.runs);
  use.kernel = kernel_of(its.sparsity, model.sparse(), use.macs);
  use.imbalance = model.counts().imbalance;
  use.imbalance_is_exact = pattern != nullptr && can_replay(*evaluation.mapping) &&
                           !model.sparse().skips(MacOperand::kInputs);
  for (const MacOperand operand : models::kAllMacOperands) {
    use.operands[index(operand)] = stored_operand(model, operand, pattern);
  }
  Accelerator without = its;
  without.sparsity = {};
  MacQuestion dense_question = *evaluation.question;
  dense_question.zeros = {};
  const LayerCost dense =
      MacCostModel(system, without, dense_question).evaluate_without_limits(*evaluation.mapping);
  use.speedup = dense.cycles.ratio(cost.cycles);
  use.energy_ratio = dense.energy.total().value() / cost.energy.total().value();
  return use;
}

}  // namespace mensa::accelerators
