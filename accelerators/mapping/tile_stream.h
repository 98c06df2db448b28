#pragma once

#include <cstdint>
#include <vector>

#include "accelerators/cost/mac_cost.h"

namespace mensa::accelerators {

/// One buffered tile (or several coalesced ones) as the simulator plays it: what DRAM must bring
/// before it can be computed, how long the array and the vector lanes are busy with it, and what
/// leaves for DRAM afterwards.
struct TileStep {
  DramTraffic dram;
  base::Cycles busy;
  /// Operands of which this step brings, or begins, another tile; never one that is resident.
  OperandSet changes;
};

/// Walks the DRAM loops of a mapping one by one and takes differences between consecutive tiles: an
/// account of the traffic that shares nothing with the closed form of AccessCounter but must agree
/// with it byte for byte. `pattern`: the kept weights, where the cost is of these and not of
/// evenly spread ones. Consecutive tiles are coalesced so that at most `limit` steps come back
/// (limit >= 1). `cost` is the model's answer for this mapping, `busy` adds up to the slowest of
/// its compute, vector and network cycles.
[[nodiscard]] std::vector<TileStep> tile_stream(const System& system, AcceleratorId accelerator,
                                                const MacQuestion& question, const Mapping& mapping,
                                                const LayerCost& cost, std::size_t limit,
                                                const models::WeightPattern* pattern = nullptr);

}  // namespace mensa::accelerators
