#pragma once

#include <variant>
#include <vector>

#include "accelerators/cost/mac_cost.h"

namespace mensa::accelerators {

/// A mapping with its cost for one run of the nest.
struct MappedCost {
  Mapping mapping;
  LayerCost cost;
};

/// Mappings none of which is beaten in both time and energy, fastest first; never empty.
using ParetoMappings = std::vector<MappedCost>;

/// Searches unrollings, register tiles, buffered tiles and tile orders that the accelerator's
/// dataflow allows and its storage holds. Deterministic. `Infeasible` says what even the smallest
/// tiles lack.
[[nodiscard]] std::variant<ParetoMappings, Infeasible> map_layer(const System& system,
                                                                 const Accelerator& accelerator,
                                                                 const MacQuestion& question);

}  // namespace mensa::accelerators
