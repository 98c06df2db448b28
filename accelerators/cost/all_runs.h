#pragma once

#include "accelerators/cost/cost_table.h"

namespace mensa::accelerators {

/// Sets what one run costs, and from it what all runs of the layer cost with what is loaded before
/// the first: `evaluation` says how many there are and what that is.
void set_costs(LayerEvaluation& evaluation, const LayerCost& run, const System& system,
               const models::Layer& layer, AcceleratorId accelerator);

/// What an evaluated layer costs by the figures of another system: run in the same way, with the
/// same mapping. The systems differ in energies, powers, latencies, rates and overheads only.
[[nodiscard]] LayerCost repriced(const LayerEvaluation& evaluation, const System& system,
                                 const models::Layer& layer, AcceleratorId accelerator);

}  // namespace mensa::accelerators
