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
using models::MacOperand;

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
      : state_(state),
        model_(state.model),
        shape_(model_.question().shape),
        bounds_(model_),
        register_room_(model_.register_elements()) {}

  void run() {
    std::vector<RankedArray> ranked;
    const TileWork least = bounds_.tiles().work({}, ReuseClass::kPixels);
    Mapping mapping = untiled_mapping(shape_);
    for (const Unrolling& unrolling : unrollings(shape_, state_.accelerator, kUnrollingsTried)) {
      for (const ArrayMapping& array : with_register_tiles(unrolling)) {
        array.apply_to(mapping);
        if (!model_.fits_registers(mapping) || !model_.holds_resident_weights(mapping)) continue;
        ++state_.statistics.bounds;
        ranked.push_back({array, model_.at_least(bounds_.least_array(array), least)});
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
  std::vector<ArrayMapping> with_register_tiles(const Unrolling& unrolling) {
    const ArrayMapping plain{unrolling.rows, unrolling.columns, unrolling.groups,
                             models::kUnitDims};
    std::vector<ArrayMapping> all = {plain};
    Mapping mapping = untiled_mapping(shape_);
    DimArray& tile = mapping.at(Level::kRegisters).tile;
    const auto grow = [&](Dim dim, std::int64_t most) {
      const std::size_t d = index(dim);
      if (plain.groups[0].dims.contains(dim) || plain.groups[1].dims.contains(dim)) return;
      const std::int64_t left =
          base::ceil_div(shape_.bounds[d], plain.row_unroll[d] * plain.column_unroll[d]);
      most = std::min(most, most_in_registers(dim, tile));
      for (const std::int64_t size : sizes_.of(left)) {
        if (size > most) continue;
        tile[d] = size;
        if (model_.fits_registers(mapping)) return;
      }
      tile[d] = 1;
    };
    const auto add = [&] {
      const bool is_new = std::none_of(all.begin(), all.end(), [&](const ArrayMapping& other) {
        return other.register_tile == tile;
      });
      if (!is_new) return;
      all.push_back(plain);
      all.back().register_tile = tile;
    };
    for (const Dim first : state_.accelerator.dataflow.register_dims) {
      for (const int share : {1, 2}) {
        tile = models::kUnitDims;
        grow(first, shape_.bound(first) / share);
        add();
        for (const Dim dim : state_.accelerator.dataflow.register_dims) {
          if (dim != first) grow(dim, shape_.bound(dim));
        }
        add();
      }
    }
    return all;
  }

  /// A size of `dim`, 1 so far, beyond which a register tile does not fit, whatever else it holds.
  [[nodiscard]] std::int64_t most_in_registers(Dim dim, const DimArray& tile) const {
    std::int64_t most = shape_.bound(dim);
    for (const MacOperand operand : {MacOperand::kWeights, MacOperand::kOutputs}) {
      const bool counts = model_.storage().in_registers.contains(operand) &&
                          models::is_relevant(operand, dim) &&
                          !model_.sparse().stored(operand, Level::kRegisters).compressed;
      if (!counts) continue;
      most = std::min(
          most, register_room_[index(operand)] / model_.counter().tile_elements(operand, tile));
    }
    return most;
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
  [[nodiscard]] std::int64_t at_most(Dim dim, std::int64_t extent) {
    const auto& sizes = sizes_.of(shape_.bound(dim));
    return *std::find_if(sizes.begin(), sizes.end(),
                         [&](std::int64_t size) { return size <= extent; });
  }

  /// The smallest size of the map space that holds an array pass.
  [[nodiscard]] std::int64_t smallest(const ArrayMapping& array, Dim dim) {
    const auto& sizes = sizes_.of(shape_.bound(dim));
    const std::int64_t least = least_tile(array, shape_, dim);
    return *std::find_if(sizes.rbegin(), sizes.rend(),
                         [&](std::int64_t size) { return size >= least; });
  }

  /// Grows the buffered tile along `dim` to the largest size that fits with partial sums.
  void widen(Mapping& mapping, const ArrayMapping& array, Dim dim) {
    std::int64_t& extent = mapping.at(Level::kBuffers).tile[index(dim)];
    const std::int64_t least = smallest(array, dim);
    for (const std::int64_t size : sizes_.of(shape_.bound(dim))) {
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
  RegisterRoom register_room_;
  TileSizes sizes_;
};

}  // namespace

void search_fast(SearchState& state) { FastSearch(state).run(); }

}  // namespace mensa::accelerators
