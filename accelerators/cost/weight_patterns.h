#pragma once

#include <cstdint>

#include "models/graph/sparsity.h"
#include "models/graph/weight_pattern.h"

namespace mensa::accelerators {

/// The pattern with every block full that has anything in it.
[[nodiscard]] models::WeightPattern with_full_blocks(const models::WeightPattern& pattern,
                                                     std::int64_t block_outputs,
                                                     std::int64_t block_reduction);

/// Nonzero weights of a box.
[[nodiscard]] std::int64_t count_box(const models::WeightPattern& pattern,
                                     const models::DimArray& begin, const models::DimArray& extent);

/// Whether of every `groups.of` neighbours along the input channels at most `groups.nonzeros` are
/// not zero.
[[nodiscard]] bool keeps_groups(const models::WeightPattern& pattern,
                                const models::GroupPattern& groups);

}  // namespace mensa::accelerators
