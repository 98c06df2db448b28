#pragma once

#include "accelerators/mapping/incumbents.h"
#include "accelerators/mapping/loop_orders.h"
#include "accelerators/mapping/map_space.h"

namespace mensa::accelerators {

/// What the searches share: the model, the dataflow's rules, the best mappings so far.
struct SearchState {
  SearchState(const System& system, const Accelerator& on, const MacQuestion& question,
              std::optional<base::Watts> drawn);

  const Accelerator& accelerator;
  MacCostModel model;
  LoopBlocks blocks;  ///< of the loops over a buffered tile
  models::DimSet sliding;
  Incumbents found;
  SearchStatistics statistics;

  /// Evaluates and remembers it; false where it does not fit.
  bool try_mapping(const Mapping& mapping);
  /// Tries the loop orders over the buffered tile that may be best; true where one fits.
  bool try_array_orders(Mapping& mapping);
  /// best_orders(), remembered.
  [[nodiscard]] const std::vector<LoopOrder>& array_orders(models::DimSet walked);
  [[nodiscard]] const std::vector<LoopOrder>& tile_orders(models::DimSet walked);

 private:
  std::vector<std::vector<LoopOrder>> array_orders_;  ///< by DimSet::bits()
  std::vector<std::vector<LoopOrder>> tile_orders_;
};

/// A mapping of the whole layer as one buffered tile, before anything is chosen.
[[nodiscard]] Mapping untiled_mapping(const models::ProblemShape& shape);

/// Smallest buffered tile along a dimension: an array pass, or the whole dimension.
[[nodiscard]] std::int64_t least_tile(const ArrayMapping& array, const models::ProblemShape& shape,
                                      models::Dim dim);

void search_exhaustively(SearchState& state);
void search_pruned(SearchState& state);
void search_fast(SearchState& state);

}  // namespace mensa::accelerators
