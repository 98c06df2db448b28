#pragma once

#include <cstdint>
#include <vector>

#include "accelerators/mapping/mapping.h"
#include "accelerators/mapping/stored_size.h"
#include "accelerators/spec/sparsity.h"
#include "models/graph/weight_pattern.h"

namespace mensa::accelerators {

/// What a mapping makes of weights whose zeros are known.
struct ExactWeights {
  /// Kept weights of the PE that has most of them, summed over the points where PEs wait for each
  /// other; and what that sum were if all were kept. Repeats of the same weights count once.
  std::int64_t slowest = 0;
  std::int64_t dense = 0;
  base::Bytes dram;        ///< all buffered tiles, each once, in whole bursts
  base::Bytes first_tile;  ///< of these the first one
  /// The most that a buffered tile takes, and a PE's tile; PEs that share their work share room.
  base::Bytes largest_tile;
  base::Bytes largest_pe_tile;
  /// Kept share of the fullest of either.
  double fullest = 0;
};

/// How weights are stored at each level, and DRAM's burst.
struct WeightStorage {
  StoredSize dram;
  StoredSize buffers;
  StoredSize registers;
  base::Bytes burst{1};
};

/// Replays the assignment of weights to buffered tiles, array passes and PEs. `pattern` has blocks
/// filled already. PEs wait for each other after each `fifo_depth` passes that change their
/// weights; of those with different weights neighbours share work in groups of `stealing_group`.
/// Takes time in proportion to the weights.
[[nodiscard]] ExactWeights exact_weights(const models::WeightPattern& pattern,
                                         const Mapping& mapping, const Sparsity& sparsity,
                                         const WeightStorage& storage);

/// Whether exact_weights() can: dimensions unrolled as one are all of the reduction.
[[nodiscard]] bool can_replay(const Mapping& mapping);

}  // namespace mensa::accelerators
