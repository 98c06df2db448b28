#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <optional>

#include "accelerators/mapping/mapping_bounds.h"

namespace mensa::accelerators {

/// Sums of an ArrayBound, for a first look.
struct ArrayEnergy {
  std::array<EnergyAndTraffic, kReuseClasses.size()> by_class = {};
  std::array<EnergyAndTraffic, kReuseClasses.size()> again = {};
  std::array<bool, kReuseClasses.size()> possible = {};
  double cycles = 0;

  ArrayEnergy() = default;
  ArrayEnergy(const ArrayBound& bound, const MacCostModel& model) {
    const auto sum = [&](const ArrayWork& work) {
      const auto bytes = static_cast<double>((work.dram.read() + work.dram.write()).value());
      return EnergyAndTraffic{work.register_pj + work.network_pj + work.buffer_pj +
                                  bytes * model.dram_energy_per_byte(),
                              bytes, 0};
    };
    cycles = std::numeric_limits<double>::infinity();
    for (std::size_t c = 0; c < by_class.size(); ++c) {
      by_class[c] = sum(bound.by_class[c]);
      again[c] = sum(bound.again[c]);
      possible[c] = bound.possible[c];
      if (possible[c]) cycles = std::min(cycles, model.array_cycles(bound.by_class[c]));
    }
  }
  [[nodiscard]] EnergyAndTraffic under(const TileCounts& counts,
                                       std::optional<ReuseClass> staying) const {
    EnergyAndTraffic least;
    least.energy = least.dram_bytes = std::numeric_limits<double>::infinity();
    for (const ReuseClass reuse : kReuseClasses) {
      const std::size_t c = index(reuse);
      if (!possible[c]) continue;
      const double more = reuse == staying ? 0 : static_cast<double>(counts.by_class[c] - 1);
      least.energy = std::min(least.energy, by_class[c].energy + more * again[c].energy);
      least.dram_bytes =
          std::min(least.dram_bytes, by_class[c].dram_bytes + more * again[c].dram_bytes);
    }
    return least;
  }
};

/// A use of the array and the least that it moves.
struct BoundedArray {
  ArrayMapping array;
  ArrayBound least;
  ArrayEnergy energy;
  double least_energy = 0;  ///< energy.under() any DRAM loops
  TimeAndEnergy bound;
};

/// What a first look at an array needs, apart from it so that looks at all of them stay within the
/// caches: its cycles, and its energy without that of tiles.
struct FirstLook {
  std::int64_t cycles = 0;
  double energy = 0;  ///< under any DRAM loops
  /// As of ArrayEnergy; infinite where impossible.
  std::array<double, kReuseClasses.size()> by_class = {};
  std::array<double, kReuseClasses.size()> again = {};

  explicit FirstLook(const BoundedArray& array)
      : cycles(array.bound.cycles), energy(array.least_energy) {
    for (std::size_t c = 0; c < by_class.size(); ++c) {
      by_class[c] = array.energy.possible[c] ? array.energy.by_class[c].energy
                                             : std::numeric_limits<double>::infinity();
      again[c] = array.energy.again[c].energy;
    }
  }
  [[nodiscard]] double energy_under(const TileCounts& counts,
                                    std::optional<ReuseClass> staying) const {
    double least = std::numeric_limits<double>::infinity();
    for (const ReuseClass reuse : kReuseClasses) {
      const std::size_t c = index(reuse);
      const double more = reuse == staying ? 0 : static_cast<double>(counts.by_class[c] - 1);
      least = std::min(least, by_class[c] + more * again[c]);
    }
    return least;
  }
};

}  // namespace mensa::accelerators
