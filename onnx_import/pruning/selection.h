#pragma once

#include <cstddef>

#include "models/graph/nonzero_bits.h"
#include "models/graph/weight_order.h"
#include "onnx_import/pruning/magnitudes.h"
#include "onnx_import/pruning/prune_request.h"

namespace mensa::onnx_import {

/// So many of `of`, to the nearest; halves up.
[[nodiscard]] std::int64_t pruned_count(double share, std::int64_t of);

// Which weights are not zero after pruning. The smallest go first, of equal ones the first in
// row-major order; what is zero is smallest, so that it counts as pruned.

/// `drop` of them go, at most all.
[[nodiscard]] models::NonzeroBits keep_largest(const Magnitudes& magnitudes, std::size_t drop);

/// `order` is of their tensor.
[[nodiscard]] models::NonzeroBits keep_in_groups(const Magnitudes& magnitudes,
                                                 const models::WeightOrder& order,
                                                 const PruneGroups& groups);

/// Of the nest's G x K output channels `drop` go, those with the smallest sums of magnitudes; of
/// equal ones the first.
[[nodiscard]] models::NonzeroBits keep_channels(const Magnitudes& magnitudes,
                                                const models::WeightOrder& order, std::size_t drop);

}  // namespace mensa::onnx_import
