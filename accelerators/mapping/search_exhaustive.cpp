#include <fmt/format.h>

#include "accelerators/mapping/searches.h"
#include "models/base/error.h"

namespace mensa::accelerators {

using models::Dim;
using models::DimSet;
using models::index;

namespace {

/// Tries every order of the loops that walk, over DRAM and over the buffered tile.
void try_all_orders(SearchState& state, Mapping& mapping) {
  DimSet walked;
  for (const Dim dim : models::kAllDims) {
    const std::size_t d = index(dim);
    if (mapping.at(Level::kDram).tile[d] > mapping.at(Level::kBuffers).tile[d]) walked.insert(dim);
  }
  const auto array_orders = all_orders(state.blocks, mapping.walked_in_buffers());
  for (const LoopOrder& tile_order : all_orders(free_blocks(), walked)) {
    mapping.at(Level::kDram).order = tile_order;
    for (const LoopOrder& array_order : array_orders) {
      mapping.at(Level::kBuffers).order = array_order;
      state.try_mapping(mapping);
      if (state.statistics.evaluations > kMostExhaustive) {
        throw base::Error(fmt::format(
            "{} has more than {} mappings on {}: too many for an exhaustive search; the pruned one "
            "proves the same optimum",
            state.model.question().shape.to_string(), kMostExhaustive, state.accelerator.name));
      }
    }
  }
}

}  // namespace

void search_exhaustively(SearchState& state) {
  const models::ProblemShape& shape = state.model.question().shape;
  std::array<std::vector<std::int64_t>, models::kDimCount> sizes;
  for (const Dim dim : models::kAllDims) sizes[index(dim)] = tile_sizes(shape.bound(dim));
  Mapping mapping = untiled_mapping(shape);
  visit_array_mappings(
      shape, state.accelerator, state.model.register_elements(),
      [](const ArrayMapping& /*unrolling*/) { return true; },
      [&](const ArrayMapping& array) {
        array.apply_to(mapping);
        if (!state.model.fits_registers(mapping)) return;
        const auto choose = [&](auto&& self, std::size_t d) -> void {
          if (d == models::kDimCount) return try_all_orders(state, mapping);
          const Dim dim = models::kAllDims[d];
          for (const std::int64_t size : sizes[d]) {
            if (size < least_tile(array, shape, dim)) break;
            mapping.at(Level::kBuffers).tile[d] = size;
            self(self, d + 1);
          }
        };
        choose(choose, 0);
      });
}

}  // namespace mensa::accelerators
