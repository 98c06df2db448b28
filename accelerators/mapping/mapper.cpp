#include "accelerators/mapping/mapper.h"

#include <algorithm>
#include <set>

#include "accelerators/mapping/loop_orders.h"
#include "accelerators/mapping/unrolling.h"

namespace mensa::accelerators {

using models::Dim;
using models::DimArray;
using models::index;
using models::MacOperand;

namespace {

constexpr std::size_t kUnrollingsTried = 24;  // ranked by passes; the rest are slower on the array
constexpr std::size_t kSkeletonsRefined = 5;  // unrollings and register tiles given a full search
constexpr std::size_t kParetoLimit = 8;

/// Keeps the mappings that no other beats in both time and energy.
class ParetoSet {
 public:
  void add(const Mapping& mapping, const LayerCost& cost) {
    const auto beats = [](const LayerCost& a, const LayerCost& b) {
      return a.cycles <= b.cycles && a.energy.total() <= b.energy.total();
    };
    for (const MappedCost& kept : kept_) {
      if (beats(kept.cost, cost)) return;
    }
    std::erase_if(kept_, [&](const MappedCost& kept) { return beats(cost, kept.cost); });
    kept_.push_back({mapping, cost});
  }
  [[nodiscard]] bool empty() const { return kept_.empty(); }

  /// Fastest first; thinned to the ends and the best energy-delay products between.
  [[nodiscard]] ParetoMappings take() {
    const auto faster = [](const MappedCost& a, const MappedCost& b) {
      return a.cost.cycles < b.cost.cycles;
    };
    std::sort(kept_.begin(), kept_.end(), faster);
    if (kept_.size() > kParetoLimit) {
      const auto edp = [](const MappedCost& entry) {
        return score(Objective::kEdp, entry.cost.time, entry.cost.energy.total());
      };
      std::sort(kept_.begin() + 1, kept_.end() - 1,
                [&](const MappedCost& a, const MappedCost& b) { return edp(a) < edp(b); });
      kept_.erase(kept_.begin() + kParetoLimit - 1, kept_.end() - 1);
      std::sort(kept_.begin(), kept_.end(), faster);
    }
    return std::move(kept_);
  }

 private:
  ParetoMappings kept_;
};

/// ceil(bound / k) for a thinned run of k, largest first, never below `least`.
std::vector<std::int64_t> tile_sizes(std::int64_t bound, std::int64_t least) {
  std::vector<std::int64_t> sizes;
  for (std::int64_t parts = 1;; parts += std::max<std::int64_t>(1, parts / 3)) {
    const std::int64_t size = std::max(base::ceil_div(bound, parts), std::min(bound, least));
    if (sizes.empty() || sizes.back() != size) sizes.push_back(size);
    if (size <= least || parts >= bound) break;
  }
  return sizes;
}

class Search {
 public:
  Search(const System& system, const Accelerator& accelerator, const MacQuestion& question)
      : accelerator_(accelerator), shape_(question.shape), model_(system, accelerator, question) {}

  std::variant<ParetoMappings, Infeasible> run() {
    struct Ranked {
      Mapping skeleton;
      double time = 0;
      double energy = 0;
    };
    std::vector<Ranked> ranked;
    for (const Unrolling& unrolling : unrollings(shape_, accelerator_, kUnrollingsTried)) {
      for (const Mapping& skeleton : skeletons(unrolling)) {
        ParetoSet quick;
        quick_tiles(skeleton, quick);
        if (quick.empty()) continue;
        for (const MappedCost& entry : quick.take()) {
          ranked.push_back({skeleton, entry.cost.time.value(), entry.cost.energy.total().value()});
          found_.add(entry.mapping, entry.cost);
        }
      }
    }
    // Refine the skeletons that look best for each objective.
    std::vector<Mapping> chosen;
    const auto choose = [&](auto&& key) {
      std::stable_sort(ranked.begin(), ranked.end(),
                       [&](const Ranked& a, const Ranked& b) { return key(a) < key(b); });
      std::size_t taken = 0;
      for (const Ranked& entry : ranked) {
        if (taken == kSkeletonsRefined) break;
        if (std::find(chosen.begin(), chosen.end(), entry.skeleton) != chosen.end()) continue;
        chosen.push_back(entry.skeleton);
        ++taken;
      }
    };
    choose([](const Ranked& r) { return r.time * r.energy; });
    choose([](const Ranked& r) { return r.time; });
    choose([](const Ranked& r) { return r.energy; });
    for (const Mapping& skeleton : chosen) all_tiles(skeleton);
    if (found_.empty()) return smallest_.value_or(Infeasible{});
    return found_.take();
  }

 private:
  /// Mappings with unrolling, register tile and array order set, buffered tile still one pass.
  std::vector<Mapping> skeletons(const Unrolling& unrolling) const {
    std::set<DimArray> tiles = {models::kUnitDims};
    const MacOperand stationary = accelerator_.dataflow.stationary;
    const std::int64_t capacity =
        accelerator_.registers.capacity[index(stationary)].value() * 8 / stationary_bits();
    for (const Dim first : accelerator_.dataflow.register_dims) {
      for (std::int64_t room : {capacity, capacity / 2}) {
        DimArray tile = models::kUnitDims;
        const auto fill = [&](Dim dim) {
          const std::size_t d = index(dim);
          const bool in_group =
              unrolling.groups[0].dims.contains(dim) || unrolling.groups[1].dims.contains(dim);
          if (!models::is_relevant(stationary, dim) || in_group || tile[d] > 1 || room < 2) return;
          const std::int64_t left =
              base::ceil_div(shape_.bound(dim), unrolling.rows[d] * unrolling.columns[d]);
          tile[d] = base::ceil_div(left, base::ceil_div(left, std::min(left, room)));
          room /= tile[d];
        };
        fill(first);
        tiles.insert(tile);
        for (const Dim dim : accelerator_.dataflow.register_dims) fill(dim);
        tiles.insert(tile);
      }
    }
    std::vector<Mapping> result;
    for (const DimArray& tile : tiles) {
      Mapping mapping;
      mapping.row_unroll = unrolling.rows;
      mapping.column_unroll = unrolling.columns;
      mapping.groups = unrolling.groups;
      mapping.at(Level::kDram).tile = shape_.bounds;
      mapping.at(Level::kRegisters).tile = tile;
      mapping.at(Level::kBuffers).order = stationary_order(stationary);
      mapping.at(Level::kRegisters).order = stationary_order(MacOperand::kOutputs);
      for (const Dim dim : models::kAllDims) {
        mapping.at(Level::kBuffers).tile[index(dim)] =
            std::min(shape_.bound(dim), mapping.pass_extent(dim));
      }
      // A group's positions are taken from the innermost dimension outwards.
      for (const GroupUnroll& group : mapping.groups) {
        std::int64_t room = group.factor;
        for (std::size_t d = models::kDimCount; d-- > 0;) {
          const Dim dim = models::kAllDims[d];
          if (!group.dims.contains(dim)) continue;
          std::int64_t& extent = mapping.at(Level::kBuffers).tile[d];
          extent = std::min(shape_.bound(dim), room);
          room = base::ceil_div(room, extent);
        }
      }
      // Kernels stay whole: splitting them saves little room and breaks reuse between windows.
      for (const Dim dim : {Dim::T, Dim::R, Dim::S}) {
        mapping.at(Level::kBuffers).tile[index(dim)] = shape_.bound(dim);
      }
      if (model_.fits(mapping, false, false) || result.empty()) {
        result.push_back(mapping);
      }
    }
    return result;
  }

  [[nodiscard]] int stationary_bits() const {
    const OperandBits& bits = model_.question().bits;
    switch (accelerator_.dataflow.stationary) {
      case MacOperand::kWeights:
        return bits.weights;
      case MacOperand::kInputs:
        return bits.inputs;
      case MacOperand::kOutputs:
        return bits.accumulators;
    }
    return bits.accumulators;
  }

  /// Tries the orders that differ for this tile; true where one of them fits.
  bool try_orders(Mapping mapping, ParetoSet& set) {
    bool fits = false;
    std::vector<std::vector<Dim>> seen;
    for (const LoopOrder& order : tile_orders()) {
      std::vector<Dim> walked;
      for (const Dim dim : order) {
        if (shape_.bound(dim) > mapping.at(Level::kBuffers).tile[index(dim)]) walked.push_back(dim);
      }
      if (std::find(seen.begin(), seen.end(), walked) != seen.end()) continue;
      seen.push_back(std::move(walked));
      mapping.at(Level::kDram).order = order;
      auto result = model_.evaluate(mapping);
      if (auto* cost = std::get_if<LayerCost>(&result)) {
        set.add(mapping, *cost);
        fits = true;
      } else {
        smallest_ = std::get<Infeasible>(std::move(result));
      }
    }
    return fits;
  }

  /// A handful of tiles that show what a skeleton is worth: grow each group of dimensions in turn
  /// as far as it fits.
  void quick_tiles(const Mapping& skeleton, ParetoSet& set) {
    if (!try_orders(skeleton, set)) return;
    constexpr std::array<std::array<Dim, 4>, 3> kGrowOrders = {
        std::array<Dim, 4>{Dim::C, Dim::Q, Dim::P, Dim::K},
        std::array<Dim, 4>{Dim::Q, Dim::P, Dim::C, Dim::K},
        std::array<Dim, 4>{Dim::C, Dim::K, Dim::Q, Dim::P}};
    for (const auto& grow : kGrowOrders) {
      Mapping mapping = skeleton;
      for (const Dim dim : {Dim::N, Dim::D}) widen(mapping, dim);
      for (const Dim dim : grow) widen(mapping, dim);
      widen(mapping, Dim::G);
      try_orders(mapping, set);
    }
  }

  /// Grows the buffered tile along `dim` to the largest size that fits at full precision.
  void widen(Mapping& mapping, Dim dim) const {
    std::int64_t& extent = mapping.at(Level::kBuffers).tile[index(dim)];
    const std::int64_t least = extent;
    for (const std::int64_t size : tile_sizes(shape_.bound(dim), least)) {
      extent = size;
      if (model_.fits(mapping, true, false)) return;
    }
    extent = least;
  }

  void all_tiles(const Mapping& skeleton) {
    const auto sizes = [&](Dim dim) {
      return tile_sizes(shape_.bound(dim), skeleton.at(Level::kBuffers).tile[index(dim)]);
    };
    const auto filters = sizes(Dim::K);
    const auto channels = sizes(Dim::C);
    const auto groups = sizes(Dim::G);
    const auto rows = sizes(Dim::P);
    for (const std::int64_t k : filters) {
      for (const std::int64_t c : channels) {
        for (const std::int64_t g : groups) {
          int kept = 0;  // larger row tiles only save traffic; two sizes cover rounding effects
          for (const std::int64_t p : rows) {
            Mapping mapping = skeleton;
            auto& tile = mapping.at(Level::kBuffers).tile;
            tile[index(Dim::K)] = k;
            tile[index(Dim::C)] = c;
            tile[index(Dim::G)] = g;
            tile[index(Dim::P)] = p;
            if (!model_.fits(mapping, false, false)) continue;
            widen(mapping, Dim::Q);
            widen(mapping, Dim::N);
            widen(mapping, Dim::D);
            if (try_orders(mapping, found_) && ++kept == 2) break;
          }
        }
      }
    }
  }

  const Accelerator& accelerator_;
  const models::ProblemShape& shape_;
  MacCostModel model_;
  ParetoSet found_;
  std::optional<Infeasible> smallest_;
};

}  // namespace

std::variant<ParetoMappings, Infeasible> map_layer(const System& system,
                                                   const Accelerator& accelerator,
                                                   const MacQuestion& question) {
  question.shape.check(accelerator.name);
  return Search(system, accelerator, question).run();
}

}  // namespace mensa::accelerators
