#include <algorithm>
#include <limits>
#include <map>
#include <optional>

#include "accelerators/mapping/bounded_array.h"
#include "accelerators/mapping/searches.h"

namespace mensa::accelerators {

using models::Dim;
using models::DimArray;
using models::DimSet;

namespace {

/// Arrays, groups of tilings, and tilings that are held at a time, so that memory stays bounded.
constexpr std::size_t kArraysHeld = 16384;
constexpr std::size_t kGroupsHeld = 131072;
constexpr std::size_t kTilingsHeld = 256;
/// Groups of tilings that are searched before all others, for time and for energy.
constexpr std::size_t kDives = 64;

/// An array that may be worth while with some tilings of a group, and the least energy and traffic
/// of its own there: where the DRAM loops may leave something in place at it, and where they do
/// not.
struct ChosenArray {
  const BoundedArray* array = nullptr;
  double cycles = 0;  ///< of `array`
  std::array<EnergyAndTraffic, 2> energy;
};

/// Tile sizes of the dimensions of one class, 1 elsewhere.
struct ClassTile {
  DimArray tile = models::kUnitDims;
  DimSet walked;  ///< dimensions with more than one tile
};
/// Tilings of one class that make equally many tiles, with kernels in one piece or not.
struct ClassTiles {
  std::int64_t count = 1;
  bool whole_kernels = true;
  std::vector<ClassTile> tiles;
  /// The least TileBounds::input_share() of these tiles, kernels being whole, by what is reused.
  std::array<double, kReuseClasses.size()> input_share = {1, 1, 1};
};

/// All tilings with just so many tiles of each class, `reused` innermost.
struct TileGroup {
  TileCounts counts;
  ReuseClass reused = ReuseClass::kPixels;
  double input_share = 1;
  std::array<const ClassTiles*, kReuseClasses.size()> tiles = {};
  TimeAndEnergy bound;
};

/// A tiling of the buffers, with the order of the DRAM loops, that fits.
struct Tiling {
  Mapping mapping;  ///< without an array
  TileWork work;
  EnergyAndTraffic sums;    ///< of `work`
  std::int64_t cycles = 0;  ///< with the least that any array moves
  bool fits_sums = true;    ///< also where an array leaves partial sums between tiles
};

double time(TimeAndEnergy cost) { return static_cast<double>(cost.cycles); }
double energy(TimeAndEnergy cost) { return cost.energy; }

class PrunedSearch {
 public:
  explicit PrunedSearch(SearchState& state)
      : state_(state), model_(state.model), shape_(model_.question().shape), bounds_(model_) {}

  void run() {
    const TileWork once = bounds_.tiles().work({}, ReuseClass::kPixels);
    ArrayWork any = bounds_.any_array();
    Mapping mapping = untiled_mapping(shape_);
    const auto may_improve = [&](const ArrayMapping& array, double imbalance) {
      ++state_.statistics.bounds;
      any.compute_cycles = model_.compute_cycles(bounds_.array_cycles(array), imbalance);
      return state_.found.may_improve(model_.at_least(any, once));
    };
    // An unrolling with register tiles of one takes no more cycles than with larger ones, were its
    // PEs as much in balance.
    visit_array_mappings(
        shape_, state_.accelerator, model_.register_elements(),
        [&](const ArrayMapping& unrolling) {
          unrolling.apply_to(mapping);
          return may_improve(unrolling, model_.least_imbalance(mapping));
        },
        [&](const ArrayMapping& array) {
          array.apply_to(mapping);
          if (!model_.fits_registers(mapping) || !model_.holds_resident_weights(mapping) ||
              !may_improve(array, model_.imbalance(mapping))) {
            return;
          }
          ++state_.statistics.bounds;
          const ArrayBound least = bounds_.array(array);
          const TimeAndEnergy bound = model_.at_least(least.least(), once);
          if (!state_.found.may_improve(bound)) return;
          const ArrayEnergy energy(least, model_);
          arrays_.push_back({array, least, energy, energy.under({}, std::nullopt).energy, bound});
          if (arrays_.size() == kArraysHeld) search_arrays();
        });
    search_arrays();
  }

 private:
  /// Searches the tiles of all arrays held, and lets them go.
  void search_arrays() {
    if (arrays_.empty()) return;
    // The most promising arrays and tiles first: what they find leaves less of the others.
    std::vector<BoundedArray> all;
    std::swap(all, arrays_);
    const auto first_by = [&](auto&& key) {
      return *std::min_element(all.begin(), all.end(), [&](const auto& a, const auto& b) {
        return key(a.bound) < key(b.bound);
      });
    };
    for (const BoundedArray& entry : {first_by(product), first_by(time), first_by(energy)}) {
      arrays_ = {entry};
      prepare_tiles();
      dive();
    }
    // By ascending energy. Arrays are large: what is sorted is their places.
    std::vector<std::pair<double, std::size_t>> order;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (state_.found.may_improve(all[i].bound)) order.emplace_back(all[i].least_energy, i);
    }
    if (order.empty()) return;
    std::sort(order.begin(), order.end());
    arrays_.clear();
    arrays_.reserve(order.size());
    for (const auto& [energy, i] : order) arrays_.push_back(all[i]);
    prepare_tiles();
    dive();
    search_groups();
    arrays_.clear();
  }

  /// Searches all groups held, those of the lowest bounds first, and lets them go.
  void search_groups() {
    std::vector<std::pair<double, std::size_t>> order;
    for (std::size_t i = 0; i < groups_.size(); ++i) {
      if (state_.found.may_improve(groups_[i].bound)) {
        order.emplace_back(product(groups_[i].bound), i);
      }
    }
    std::sort(order.begin(), order.end());
    for (const auto& [rank, i] : order) search_group(groups_[i]);
    groups_.clear();
  }

  /// Lists the tilings for the arrays held.
  void prepare_tiles() {
    least_array_ = arrays_.front().least;
    least_tile_ = shape_.bounds;
    for (const BoundedArray& entry : arrays_) {
      least_array_ = least_array_.at_most(entry.least);
      for (const Dim dim : models::kAllDims) {
        std::int64_t& least = least_tile_[models::index(dim)];
        least = std::min(least, least_tile(entry.array, shape_, dim));
      }
    }
    least_energy_ = ArrayEnergy(least_array_, model_);
    first_looks_.clear();
    for (const BoundedArray& entry : arrays_) {
      first_looks_.emplace_back(entry);
    }
    for (const ReuseClass reuse : kReuseClasses) list_tiles(reuse);
    groups_.clear();
    list_groups();
  }

  /// Searches the groups of tilings with the lowest bounds for each objective.
  void dive() {
    for (const auto& key : {product, time, energy}) {
      std::vector<std::pair<double, std::size_t>> first;
      for (std::size_t i = 0; i < groups_.size(); ++i) first.emplace_back(key(groups_[i].bound), i);
      const std::size_t count = std::min(kDives, first.size());
      std::partial_sort(first.begin(), first.begin() + static_cast<std::ptrdiff_t>(count),
                        first.end());
      for (std::size_t i = 0; i < count; ++i) search_group(groups_[first[i].second]);
    }
  }

  /// Lists the tiles of the dimensions in a class that hold a pass of some array.
  void list_tiles(ReuseClass reuse) {
    std::map<std::pair<std::int64_t, bool>, ClassTiles> found;
    std::vector<Dim> dims;
    for (const Dim dim : models::kAllDims) {
      const bool is_member = dim != Dim::G && class_of(dim) == reuse;
      if (is_member && shape_.bound(dim) > 1) dims.push_back(dim);
    }
    DimArray extents = shape_.bounds;  // with the other classes whole
    ClassTile tile;
    const auto choose = [&](auto&& self, std::size_t at, std::int64_t count) -> void {
      if (at == dims.size()) {
        const bool whole_kernels = !tile.walked.contains(Dim::T) && !tile.walked.contains(Dim::R) &&
                                   !tile.walked.contains(Dim::S);
        ClassTiles& tiles = found[{count, !whole_kernels}];
        for (const ReuseClass reused : kReuseClasses) {
          double& least = tiles.input_share[index(reused)];
          const double share = whole_kernels ? bounds_.tiles().input_share(extents, reused) : 1;
          least = tiles.tiles.empty() ? share : std::min(least, share);
        }
        tiles.count = count;
        tiles.whole_kernels = whole_kernels;
        tiles.tiles.push_back(tile);
        return;
      }
      const std::size_t d = models::index(dims[at]);
      const DimSet walked = tile.walked;
      for (const std::int64_t size : tile_sizes(shape_.bounds[d])) {
        if (size < least_tile_[d]) break;
        extents[d] = tile.tile[d] = size;
        if (size < shape_.bounds[d]) tile.walked.insert(dims[at]);
        // The dimensions of other classes only add to what must fit.
        if (model_.may_fit_buffers(tile.tile)) {
          self(self, at + 1, count * base::ceil_div(shape_.bounds[d], size));
        }
        tile.walked = walked;
      }
      extents[d] = shape_.bounds[d];
      tile.tile[d] = 1;
    };
    choose(choose, 0, 1);
    tiles_[index(reuse)].clear();
    for (auto& [key, tiles] : found) tiles_[index(reuse)].push_back(std::move(tiles));
  }

  /// Lists the groups of tilings whose bounds may improve on what was found.
  void list_groups() {
    const auto& [all_pixels, all_filters, all_windows] = tiles_;
    for (const std::int64_t group_tile : tile_sizes(shape_.bound(Dim::G))) {
      if (group_tile < least_tile_[models::index(Dim::G)]) break;
      for (const ClassTiles& filters : all_filters) {
        for (const ClassTiles& windows : all_windows) {
          for (const ReuseClass reused : kReuseClasses) {
            TileCounts counts{{1, filters.count, windows.count},
                              base::ceil_div(shape_.bound(Dim::G), group_tile)};
            const auto [fewest, most] = tiles_worth_while(counts, reused);
            for (const ClassTiles& pixels : all_pixels) {
              counts.by_class[index(ReuseClass::kPixels)] = pixels.count;
              const auto tile_count = static_cast<double>(counts.all());
              if (tile_count < fewest) continue;
              if (tile_count > most) break;
              const bool walks_none = counts.all() == counts.groups;
              if (walks_none ? reused != ReuseClass::kPixels
                             : counts.by_class[index(reused)] == 1) {
                continue;
              }
              const double share = windows.whole_kernels ? pixels.input_share[index(reused)] : 1;
              const auto staying = staying_class(least_array_, counts, reused);
              const EnergyAndTraffic tiles = bounds_.tiles().energy(counts, reused, share);
              if (!state_.found.may_improve(first_look(tiles, least_energy_.under(counts, staying),
                                                       least_energy_.cycles, counts.all()))) {
                continue;
              }
              const TimeAndEnergy bound = price(least_array_.under(counts, staying),
                                                bounds_.tiles().work(counts, reused, share));
              if (state_.found.may_improve(bound)) {
                groups_.push_back({counts, reused, share, {&pixels, &filters, &windows}, bound});
                if (groups_.size() == kGroupsHeld) search_groups();
              }
            }
          }
        }
      }
    }
  }

  /// Numbers of tiles, from the first to the second, which may improve on what was found with these
  /// counts of filters and windows; the second below the first where none does.
  [[nodiscard]] std::pair<double, double> tiles_worth_while(TileCounts counts, ReuseClass reused) {
    counts.by_class[index(ReuseClass::kPixels)] = shape_.macs();
    const auto staying = staying_class(least_array_, counts, reused);
    counts.by_class[index(ReuseClass::kPixels)] = 1;
    const EnergyAndTraffic tiles = bounds_.tiles().energy(counts, reused);
    const EnergyAndTraffic array = least_energy_.under(counts, staying);
    const TimeAndEnergy bound = first_look(tiles, array, least_energy_.cycles, 0);
    if (state_.found.may_be_cheaper(bound)) {
      return {1, std::numeric_limits<double>::infinity()};
    }
    if (!state_.found.may_be_faster(bound)) return {1, 0};
    return model_.tile_range(least_energy_.cycles, tiles.dram_bytes + array.dram_bytes,
                             static_cast<double>(state_.found.fastest()));
  }

  [[nodiscard]] static std::optional<ReuseClass> staying_class(const ArrayBound& array,
                                                               const TileCounts& counts,
                                                               ReuseClass reused) {
    return array.may_stay(counts, reused) ? std::optional(reused) : std::nullopt;
  }

  /// A bound that looks at sums only; with 0 tiles, of any number of them.
  [[nodiscard]] TimeAndEnergy first_look(const EnergyAndTraffic& tiles,
                                         const EnergyAndTraffic& array, double array_cycles,
                                         std::int64_t tile_count) {
    ++state_.statistics.bounds;
    const double cycles = model_.least_cycles(array_cycles, tiles.dram_bytes + array.dram_bytes,
                                              tiles.ends, tile_count);
    return {static_cast<std::int64_t>(cycles), tiles.energy + array.energy +
                                                   model_.compute_energy() +
                                                   model_.static_energy_per_cycle() * cycles};
  }

  void search_group(const TileGroup& group) {
    if (!state_.found.may_improve(group.bound)) return;
    const auto of_class = [&](ReuseClass reuse) -> const std::vector<ClassTile>& {
      return group.tiles[index(reuse)]->tiles;
    };
    const auto staying = staying_class(least_array_, group.counts, group.reused);
    const ArrayWork least = least_array_.under(group.counts, staying);
    Mapping mapping = untiled_mapping(shape_);
    DimArray& tile = mapping.at(Level::kBuffers).tile;
    tile[models::index(Dim::G)] = base::ceil_div(shape_.bound(Dim::G), group.counts.groups);
    for (const ClassTile& filters : of_class(ReuseClass::kFilters)) {
      for (const ClassTile& windows : of_class(ReuseClass::kWindows)) {
        for (const ClassTile& pixels : of_class(ReuseClass::kPixels)) {
          DimSet walked = filters.walked.with(windows.walked).with(pixels.walked);
          if (group.counts.groups > 1) walked.insert(Dim::G);
          for (const Dim dim : models::kAllDims) {
            const std::size_t d = models::index(dim);
            if (dim != Dim::G) {
              tile[d] = filters.tile[d] * windows.tile[d] * pixels.tile[d];
            }
          }
          if (model_.may_fit_buffers(tile)) list_orders(mapping, walked, group, least);
        }
      }
    }
    search_tilings(group);
  }

  /// Lists the orders of the DRAM loops with `reused` innermost under which a tile fits, and with
  /// which it may improve on what was found at an array that moves `least`.
  void list_orders(Mapping& mapping, DimSet walked, const TileGroup& group,
                   const ArrayWork& least) {
    for (const LoopOrder& order : state_.tile_orders(walked)) {
      if (innermost_class(order, walked) != group.reused) continue;
      mapping.at(Level::kDram).order = order;
      const AccessCounts counts = model_.counter().count_tiles(mapping);
      if (!model_.fits_buffers(mapping, counts.partial_sums_in_dram, counts.partial_sums_in_dram)) {
        continue;
      }
      const TileWork work = model_.tile_work(counts);
      const TimeAndEnergy bound = price(least, work);
      if (!state_.found.may_improve(bound)) continue;
      const auto bytes = static_cast<double>((work.dram.read() + work.dram.write()).value());
      const bool sums_over_tiles = group.reused == ReuseClass::kWindows &&
                                   group.counts.by_class[index(ReuseClass::kWindows)] > 1;
      tilings_.push_back(
          {mapping, work,
           EnergyAndTraffic{work.buffer_pj + bytes * model_.dram_energy_per_byte(), bytes,
                            static_cast<double>((work.first_fill + work.last_drain).value())},
           bound.cycles,
           !sums_over_tiles || model_.fits_buffers(mapping, true, counts.partial_sums_in_dram)});
      if (tilings_.size() == kTilingsHeld) search_tilings(group);
    }
  }

  /// Searches the arrays for all tilings held, which are of one group, and lets them go.
  void search_tilings(const TileGroup& group) {
    if (tilings_.empty()) return;
    choose_arrays(group);
    for (const Tiling& tiling : tilings_) {
      const DimArray& tile = tiling.mapping.at(Level::kBuffers).tile;
      for (const ChosenArray& entry : chosen_) {
        // What stays in place only saves.
        const auto may_improve = [&](const EnergyAndTraffic& array_energy) {
          return state_.found.may_improve(
              first_look(tiling.sums, array_energy, entry.cycles, tiling.work.tiles));
        };
        if (!may_improve(entry.energy[0])) continue;
        const bool stays = may_stay(tile, entry.array->array, group.reused);
        if (!stays && (!tiling.fits_sums || !may_improve(entry.energy[1]))) continue;
        const std::optional<ReuseClass> staying =
            stays ? std::optional(group.reused) : std::nullopt;
        if (!holds_a_pass(tile, entry.array->array)) continue;
        ArrayWork least = entry.array->least.under(group.counts, staying);
        least.compute_cycles =
            std::max(least.compute_cycles,
                     model_.compute_cycles(bounds_.array_cycles(entry.array->array, tile),
                                           entry.array->least.imbalance));
        if (!state_.found.may_improve(price(least, tiling.work))) continue;
        Mapping tried = tiling.mapping;
        entry.array->array.apply_to(tried);
        state_.try_array_orders(tried);
      }
    }
    tilings_.clear();
  }

  /// Lists the arrays that may improve on what was found with one of the tilings held.
  void choose_arrays(const TileGroup& group) {
    chosen_.clear();
    EnergyAndTraffic sums = tilings_.front().sums;
    std::int64_t fewest_cycles = tilings_.front().cycles;
    for (const Tiling& tiling : tilings_) {
      sums.energy = std::min(sums.energy, tiling.sums.energy);
      sums.dram_bytes = std::min(sums.dram_bytes, tiling.sums.dram_bytes);
      sums.ends = std::min(sums.ends, tiling.sums.ends);
      fewest_cycles = std::min(fewest_cycles, tiling.cycles);
    }
    const double other_energy = sums.energy + model_.compute_energy();
    const auto at_least = [&](std::int64_t cycles, double array_energy) {
      ++state_.statistics.bounds;
      return TimeAndEnergy{cycles,
                           other_energy + array_energy +
                               model_.static_energy_per_cycle() * static_cast<double>(cycles)};
    };
    const auto stays_at_most = staying_class(least_array_, group.counts, group.reused);
    const bool may_be_faster =
        state_.found.may_be_faster(at_least(fewest_cycles, first_looks_.front().energy));
    // Arrays come by ascending energy: beyond some none is cheaper.
    const auto end =
        may_be_faster
            ? first_looks_.end()
            : std::partition_point(
                  first_looks_.begin(), first_looks_.end(), [&](const FirstLook& first) {
                    return state_.found.may_be_cheaper(at_least(fewest_cycles, first.energy));
                  });
    for (auto first = first_looks_.begin(); first != end; ++first) {
      const TimeAndEnergy bound = at_least(std::max(fewest_cycles, first->cycles),
                                           first->energy_under(group.counts, stays_at_most));
      if (!state_.found.may_improve(bound)) continue;
      const BoundedArray& entry = arrays_[static_cast<std::size_t>(first - first_looks_.begin())];
      if (!entry.least.allows(group.counts)) continue;
      const auto staying = staying_class(entry.least, group.counts, group.reused);
      const EnergyAndTraffic energy = entry.energy.under(group.counts, staying);
      if (!state_.found.may_improve(
              first_look(sums, energy, entry.energy.cycles, group.counts.all()))) {
        continue;
      }
      chosen_.push_back(
          {&entry, entry.energy.cycles, {energy, entry.energy.under(group.counts, std::nullopt)}});
    }
  }

  /// Whether the operand that does not depend on `reused` may stay in the PEs from one buffered
  /// tile to the next: one array pass holds all that there is of it in a tile.
  [[nodiscard]] bool may_stay(const DimArray& tile, const ArrayMapping& array,
                              ReuseClass reused) const {
    return array.grouped() ||
           std::all_of(models::kAllDims.begin(), models::kAllDims.end(), [&](Dim dim) {
             const bool is_relevant = dim == Dim::G || class_of(dim) != reused;
             return !is_relevant || tile[models::index(dim)] <= array.pass_extent(dim);
           });
  }

  [[nodiscard]] TimeAndEnergy price(const ArrayWork& array, const TileWork& work) {
    ++state_.statistics.bounds;
    return model_.time_and_energy(array, work);
  }

  [[nodiscard]] static ReuseClass innermost_class(const LoopOrder& order, DimSet walked) {
    for (std::size_t position = models::kDimCount; position-- > 0;) {
      const Dim dim = order[position];
      if (walked.contains(dim) && dim != Dim::G) return class_of(dim);
    }
    return ReuseClass::kPixels;
  }

  [[nodiscard]] bool holds_a_pass(const DimArray& tile, const ArrayMapping& array) const {
    return std::all_of(models::kAllDims.begin(), models::kAllDims.end(), [&](Dim dim) {
      return tile[models::index(dim)] >= least_tile(array, shape_, dim);
    });
  }

  SearchState& state_;
  MacCostModel& model_;
  const models::ProblemShape& shape_;
  MappingBounds bounds_;
  std::vector<BoundedArray> arrays_;
  ArrayBound least_array_;              ///< of all arrays held
  ArrayEnergy least_energy_;            ///< the same
  std::vector<FirstLook> first_looks_;  ///< at the arrays held
  DimArray least_tile_ = models::kUnitDims;
  std::array<std::vector<ClassTiles>, kReuseClasses.size()> tiles_;
  std::vector<TileGroup> groups_;
  std::vector<Tiling> tilings_;  ///< of one group
  std::vector<ChosenArray> chosen_;
};

}  // namespace

void search_pruned(SearchState& state) { PrunedSearch(state).run(); }

}  // namespace mensa::accelerators
