#pragma once

#include <vector>

#include "models/graph/layer.h"
#include "models/graph/tensor.h"

namespace mensa::models {

/// Checks each tensor and layer of a graph by itself: extents, work and ids in range, operands that
/// fit the kind of work, counts over all time steps below 2^53 (exact in a double). Throws
/// base::Error naming the tensor or layer. How layers hang together is for Graph::finish().
void check_values(const std::vector<Tensor>& tensors, const std::vector<Layer>& layers,
                  const std::vector<Recurrence>& recurrences);

}  // namespace mensa::models
