#pragma once

#include <array>
#include <optional>

#include "accelerators/cost/cost_table.h"

namespace mensa::accelerators {

/// Bytes of one operand in DRAM, each value once.
struct StoredOperand {
  base::Bytes dense;     ///< as packed values
  base::Bytes stored;    ///< in its format there
  base::Bytes metadata;  ///< what of that is not values
};

/// What an accelerator's sparsity features did for a layer with MACs, by the analytic model.
struct SparseUse {
  /// "dense", "gated", "skipped", or the N:M of the weights, as "2:4".
  std::string kernel;
  MacFates macs;  ///< of all runs
  /// Work of the slowest PE over the mean one's; exact where every zero of what is skipped is
  /// known.
  double imbalance = 1;
  bool imbalance_is_exact = false;
  std::array<StoredOperand, models::kMacOperandCount> operands;  ///< of one run
  /// One run without any features, by the same mapping and with room for it, over one run.
  double speedup = 1;
  double energy_ratio = 1;
};

/// None of layers without MACs, and on accelerators without such features.
[[nodiscard]] std::optional<SparseUse> sparse_use(const System& system, AcceleratorId accelerator,
                                                  const LayerEvaluation& evaluation);

}  // namespace mensa::accelerators
