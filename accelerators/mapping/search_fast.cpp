#include <algorithm>
#include <set>

#include "accelerators/mapping/mapping_bounds.h"
#include "accelerators/mapping/searches.h"
#include "accelerators/mapping/unrolling.h"

namespace mensa::accelerators {

using models::Dim;
using models::DimArray;
using models::DimSet;
using models::index;

namespace {

constexpr std::size_t kUnrollingsTried = 48;
constexpr std::int64_t kMostParts = 16;     ///< that a grown tile is split into
constexpr std::size_t kArraysSearched = 3;  ///< for each of time, energy and their product

/// Dimensions in the orders in which a buffered tile is grown: what grows first stays whole.
constexpr std::array<std::array<Dim, 4>, 4> kGrowOrders = {
    std::array<Dim, 4>{Dim::C, Dim::Q, Dim::P, Dim::K},
    std::array<Dim, 4>{Dim::Q, Dim::P, Dim::C, Dim::K},
    std::array<Dim, 4>{Dim::C, Dim::K, Dim::Q, Dim::P},
    std::array<Dim, 4>{Dim::K, Dim::Q, Dim::P, Dim::C}};

struct RankedArray {
  ArrayMapping array;
  TimeAndEnergy bound;
};

class FastSearch {
 public:
  explicit FastSearch(SearchState& state)
      : state_(state), model_(state.model), shape_(model_.question().shape), bounds_(model_) {
    for (const Dim dim : models::kAllDims) sizes_[index(dim)] = tile_sizes(shape_.bound(dim));
  }

  void run() {
    std::vector<RankedArray> ranked;
    const TileWork least = bounds_.tiles().work({}, ReuseClass::kPixels);
    for (const Unrolling& unrolling : unrollings(shape_, state_.accelerator, kUnrollingsTried)) {
      for (const ArrayMapping& array : with_register_tiles(unrolling)) {
        Mapping mapping = untiled_mapping(shape_);
        array.apply_to(mapping);
        if (!model_.fits_registers(mapping) || !model_.holds_resident_weights(mapping)) continue;
        ++state_.statistics.bounds;
        ranked.push_back({array, model_.at_least(bounds_.array(array).least(), least)});
      }
    }
    std::vector<bool> chosen(ranked.size(), false);
    const auto choose = [&](auto&& key) {
      std::vector<std::size_t> order(ranked.size());
      for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
      std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return key(ranked[a].bound) < key(ranked[b].bound);
      });
      std::size_t searched = 0;
      for (const std::size_t i : order) {
        if (searched == kArraysSearched) break;
        if (chosen[i]) {
          ++searched;
        } else if (search_tiles(ranked[i].array)) {
          chosen[i] = true;
          ++searched;
        }
      }
    };
    choose([](TimeAndEnergy c) { return static_cast<double>(c.cycles) * c.energy; });
    choose([](TimeAndEnergy c) { return static_cast<double>(c.cycles); });
    choose([](TimeAndEnergy c) { return c.energy; });
  }

 private:
  /// The unrolling with register tiles grown one dimension after another, each first in turn, to
  /// the whole and to half of what the registers hold, and with none.
  std::vector<ArrayMapping> with_register_tiles(const Unrolling& unrolling) const {
    ArrayMapping array{unrolling.rows, unrolling.columns, unrolling.groups, models::kUnitDims};
    std::vector<ArrayMapping> all = {array};
    std::set<DimArray> seen = {models::kUnitDims};
    Mapping mapping = untiled_mapping(shape_);
    const auto grow = [&](Dim dim, std::int64_t most) {
      const std::size_t d = index(dim);
      if (array.groups[0].dims.contains(dim) || array.groups[1].dims.contains(dim)) return;
      const std::int64_t left =
          base::ceil_div(shape_.bounds[d], array.row_unroll[d] * array.column_unroll[d]);
      for (const std::int64_t size : tile_sizes(left)) {
        if (size > most) continue;
        array.register_tile[d] = size;
        array.apply_to(mapping);
        if (model_.fits_registers(mapping)) return;
      }
      array.register_tile[d] = 1;
    };
    for (const Dim first : state_.accelerator.dataflow.register_dims) {
      for (const int share : {1, 2}) {
        array.register_tile = models::kUnitDims;
        grow(first, shape_.bound(first) / share);
        if (seen.insert(array.register_tile).second) all.push_back(array);
        for (const Dim dim : state_.accelerator.dataflow.register_dims) {
          if (dim != first) grow(dim, shape_.bound(dim));
        }
        if (seen.insert(array.register_tile).second) all.push_back(array);
      }
    }
    return all;
  }

  /// Grows tiles in several ways and betters each, size by size; false where nothing fits.
  bool search_tiles(const ArrayMapping& array) {
    Mapping mapping = untiled_mapping(shape_);
    array.apply_to(mapping);
    for (const Dim dim : models::kAllDims) {
      mapping.at(Level::kBuffers).tile[index(dim)] = smallest(array, dim);
    }
    // Kernels stay whole where they fit: splitting them saves little room and breaks reuse.
    for (const Dim dim : {Dim::T, Dim::R, Dim::S}) widen(mapping, array, dim);
    if (!try_orders(mapping)) return false;
    std::set<DimArray> seen = {mapping.at(Level::kBuffers).tile};
    for (const auto& grow : kGrowOrders) {
      Mapping grown = mapping;
      for (const Dim dim : {Dim::N, Dim::D}) widen(grown, array, dim);
      for (const Dim dim : grow) widen(grown, array, dim);
      widen(grown, array, Dim::G);
      if (!seen.insert(grown.at(Level::kBuffers).tile).second) continue;
      try_orders(grown);
      // More and smaller tiles, so that the first is there sooner and the last leaves sooner.
      for (const Dim dim : {Dim::K, Dim::P, Dim::Q, Dim::G}) {
        const std::int64_t whole = grown.at(Level::kBuffers).tile[index(dim)];
        for (std::int64_t parts = 2; parts <= kMostParts && parts < whole; parts *= 2) {
          Mapping split = grown;
          std::int64_t& extent = split.at(Level::kBuffers).tile[index(dim)];
          extent = at_most(dim, base::ceil_div(whole, parts));
          if (extent < least_tile(array, shape_, dim)) break;
          if (seen.insert(split.at(Level::kBuffers).tile).second) try_orders(split);
        }
      }
    }
    return true;
  }

  /// The largest size of the map space up to `extent`.
  [[nodiscard]] std::int64_t at_most(Dim dim, std::int64_t extent) const {
    const auto& sizes = sizes_[index(dim)];
    return *std::find_if(sizes.begin(), sizes.end(),
                         [&](std::int64_t size) { return size <= extent; });
  }

  /// The smallest size of the map space that holds an array pass.
  [[nodiscard]] std::int64_t smallest(const ArrayMapping& array, Dim dim) const {
    const auto& sizes = sizes_[index(dim)];
    const std::int64_t least = least_tile(array, shape_, dim);
    return *std::find_if(sizes.rbegin(), sizes.rend(),
                         [&](std::int64_t size) { return size >= least; });
  }

  /// Grows the buffered tile along `dim` to the largest size that fits with partial sums.
  void widen(Mapping& mapping, const ArrayMapping& array, Dim dim) const {
    std::int64_t& extent = mapping.at(Level::kBuffers).tile[index(dim)];
    const std::int64_t least = smallest(array, dim);
    for (const std::int64_t size : sizes_[index(dim)]) {
      if (size < least) break;
      extent = size;
      if (model_.fits_buffers(mapping, true, false)) return;
    }
    extent = least;
  }

  bool try_orders(Mapping mapping) {
    DimSet walked;
    for (const Dim dim : models::kAllDims) {
      if (shape_.bound(dim) > mapping.at(Level::kBuffers).tile[index(dim)]) walked.insert(dim);
    }
    bool fits = false;
    for (const LoopOrder& order : state_.tile_orders(walked)) {
      mapping.at(Level::kDram).order = order;
      fits = state_.try_array_orders(mapping) || fits;
    }
    return fits;
  }

  SearchState& state_;
  MacCostModel& model_;
  const models::ProblemShape& shape_;
  MappingBounds bounds_;
  std::array<std::vector<std::int64_t>, models::kDimCount> sizes_;
};

}  // namespace

void search_fast(SearchState& state) { FastSearch(state).run(); }

}  // namespace mensa::accelerators
