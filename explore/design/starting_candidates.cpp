#include "explore/design/starting_candidates.h"

#include <algorithm>
#include <optional>

#include "explore/design/moves.h"

namespace mensa::explore {
namespace {

using accelerators::MemoryPort;
using accelerators::System;

constexpr std::int64_t kKibi = 1024;
/// Buffers of a square array: those of Mensa's accelerators.
constexpr std::int64_t kUsualWeights = 128 * kKibi;
constexpr std::int64_t kActivationsOfRow = 8 * kKibi;
constexpr std::int64_t kUsualSide = 32;

bool is_at_least(const System& system, const MemoryPort& a, const MemoryPort& b) {
  const bool duplex = a.duplex == b.duplex || a.duplex == accelerators::Duplex::kFull;
  return a.memory == b.memory && duplex && a.bandwidth >= b.bandwidth && a.latency <= b.latency &&
         system.energy_per_bit(a.id) <= system.energy_per_bit(b.id);
}

Blueprint square(std::int64_t side, std::size_t dataflow, std::size_t place) {
  Blueprint blueprint;
  blueprint.rows = blueprint.columns = side;
  blueprint.dataflow = dataflow;
  blueprint.place = place;
  blueprint.weights = base::Bytes(kUsualWeights);
  blueprint.activations = base::Bytes(std::max(kActivationsOfRow * side, 4 * kActivationsOfRow));
  return blueprint;
}

/// With smaller buffers where it does not fit as it is; none where it never does.
std::optional<Blueprint> fitted(const Platform& platform, const Budget& budget,
                                Blueprint blueprint) {
  const base::Bytes least = SizeLimits().least_buffer;
  while (!keeps(platform, budget, footprint(platform, {blueprint}))) {
    const bool is_smallest = blueprint.activations <= least && blueprint.weights <= least;
    if (is_smallest) return std::nullopt;
    constexpr std::int64_t kQuarter = 4;
    const auto smaller = [&](base::Bytes size) {
      return std::max(least, base::Bytes(size.value() / kQuarter));
    };
    blueprint.activations = smaller(blueprint.activations);
    if (blueprint.weights.value() > 0) blueprint.weights = smaller(blueprint.weights);
  }
  return blueprint;
}

/// The largest square array that fits beside a weight buffer of that size.
std::optional<Blueprint> beside(const Platform& platform, const Budget& budget, base::Bytes weights,
                                std::size_t dataflow, std::size_t place) {
  for (std::int64_t side = SizeLimits().most_side; side >= 2; side /= 2) {
    Blueprint blueprint = square(side, dataflow, place);
    blueprint.weights = weights;
    while (true) {
      if (keeps(platform, budget, footprint(platform, {blueprint}))) return blueprint;
      if (blueprint.activations <= SizeLimits().least_buffer) break;
      blueprint.activations =
          std::max(SizeLimits().least_buffer, base::Bytes(blueprint.activations.value() / 4));
    }
  }
  return std::nullopt;
}

}  // namespace

UsablePlaces usable_places(const Platform& platform) {
  const System& system = platform.base();
  const auto& all = platform.places();
  UsablePlaces usable;
  for (std::size_t p = 0; p < all.size(); ++p) {
    std::optional<std::size_t> better;
    for (std::size_t other = 0; other < all.size() && !better; ++other) {
      if (other == p || all[other].most_area || all[other].most_power) continue;
      const MemoryPort& own = system.port(all[p].id);
      const MemoryPort& its = system.port(all[other].id);
      if (!is_at_least(system, its, own)) continue;
      // Of two that are alike the first stays.
      if (is_at_least(system, own, its) && p < other && !all[p].most_area && !all[p].most_power) {
        continue;
      }
      better = other;
    }
    if (better) {
      usable.dominated.push_back({p, *better});
    } else {
      usable.places.push_back(p);
    }
  }
  return usable;
}

std::vector<Blueprint> starting_candidates(const Platform& platform, const Budget& budget,
                                           const std::vector<std::size_t>& places,
                                           std::size_t sides,
                                           const std::vector<base::Bytes>& weights) {
  std::vector<Blueprint> candidates;
  for (std::size_t d = 0; d < platform.dataflows().size(); ++d) {
    for (const std::size_t place : places) {
      std::size_t found = 0;
      for (std::int64_t side = SizeLimits().most_side; side >= 2 && found < sides; side /= 2) {
        const auto candidate = fitted(platform, budget, square(side, d, place));
        if (!candidate) continue;
        ++found;
        candidates.push_back(*candidate);
        if (!platform.dataflows()[d].streams_weights) continue;
        candidates.push_back(*candidate);
        candidates.back().weights = base::Bytes(0);
      }
      for (const base::Bytes size : weights) {
        if (const auto candidate = beside(platform, budget, size, d, place)) {
          candidates.push_back(*candidate);
        }
      }
    }
  }
  return candidates;
}

double likely_static_power(const Platform& platform, const Budget& budget) {
  const BlueprintFigures usual = platform.figures(square(kUsualSide, 0, 0));
  return platform.background_power() + usual.leakage / usual.area * budget.area;
}

}  // namespace mensa::explore
