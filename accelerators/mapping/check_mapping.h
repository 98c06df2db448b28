#pragma once

#include "accelerators/mapping/mapping.h"

namespace mensa::accelerators {

/// Throws base::Error where tiles do not nest, an order is no permutation, a factor is below 1, the
/// unrolling exceeds the array or uses an axis that the dataflow does not allow.
void check_mapping(const Mapping& mapping, const models::ProblemShape& shape,
                   const Accelerator& accelerator);

}  // namespace mensa::accelerators
