#pragma once

#include <optional>
#include <variant>

#include "accelerators/cost/mapping_cache.h"
#include "models/graph/weight_pattern.h"

namespace mensa::accelerators {

/// Cost of a mapping with zeros among the weights where `pattern` has them; of weights spread
/// evenly where it is null, or the mapping cannot be replayed.
[[nodiscard]] std::variant<LayerCost, Infeasible> exact_cost(MacCostModel& model,
                                                             const Mapping& mapping,
                                                             const models::WeightPattern* pattern);

/// The best mapping of a question about zeros. Mappings are searched for with densities rounded up
/// to whole 64ths, so that layers of about the same share a search, and then costed with the exact
/// ones. Where tiles of known weights turn out fuller than expected so that no mapping has room for
/// them, the search is repeated with room for these (OperandZeros::room of `question` says so
/// afterwards).
[[nodiscard]] std::variant<MappedCost, Infeasible> best_sparse_mapping(
    MappingCache& mappings, const Accelerator& accelerator, MacQuestion& question,
    const models::WeightPattern* pattern, Objective objective);

}  // namespace mensa::accelerators
