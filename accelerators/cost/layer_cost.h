#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "accelerators/mapping/access_counts.h"
#include "models/base/units.h"

namespace mensa::accelerators {

/// Energy by component. `static_energy` is leakage and background power over time.
struct EnergyBreakdown {
  base::Picojoules mac;
  base::Picojoules register_file;
  base::Picojoules buffer;
  base::Picojoules network;
  base::Picojoules dram;
  base::Picojoules static_energy;
  base::Picojoules host;

  [[nodiscard]] base::Picojoules total() const {
    return mac + register_file + buffer + network + dram + static_energy + host;
  }
  EnergyBreakdown& operator+=(const EnergyBreakdown& other);
  [[nodiscard]] EnergyBreakdown times(double factor) const;
};

/// What became of a layer's MACs; they add up to those of the dense nest.
struct MacFates {
  std::int64_t effectual = 0;  ///< done in full
  std::int64_t gated = 0;      ///< took their cycle, without being done
  std::int64_t skipped = 0;    ///< took no cycle

  [[nodiscard]] std::int64_t all() const { return effectual + gated + skipped; }
  [[nodiscard]] MacFates times(std::int64_t factor) const {
    return {effectual * factor, gated * factor, skipped * factor};
  }
  bool operator==(const MacFates&) const = default;
};

/// What decides how long a layer takes.
enum class Bound : std::uint8_t {
  kCompute,  ///< the PE array or the vector lanes
  kMemory,   ///< DRAM port bandwidth
  kNetwork,  ///< delivery between buffers and PEs
  kLatency,  ///< memory latency, first fill and last drain: more than all else together
};
[[nodiscard]] std::string_view to_string(Bound bound);

/// DRAM traffic of a layer by what is moved.
struct DramTraffic {
  base::Bytes parameter_read;
  base::Bytes activation_read;
  base::Bytes partial_sum_read;
  base::Bytes partial_sum_write;
  base::Bytes activation_write;

  [[nodiscard]] base::Bytes read() const {
    return parameter_read + activation_read + partial_sum_read;
  }
  [[nodiscard]] base::Bytes write() const { return partial_sum_write + activation_write; }
  DramTraffic& operator+=(const DramTraffic& other);
  /// The smaller, and the larger, of both, each kind for itself.
  [[nodiscard]] DramTraffic at_most(const DramTraffic& other) const;
  [[nodiscard]] DramTraffic at_least(const DramTraffic& other) const;
  [[nodiscard]] DramTraffic less(const DramTraffic& other) const;
  /// Rounded down.
  [[nodiscard]] DramTraffic divided_by(std::int64_t divisor) const;
  [[nodiscard]] DramTraffic times(std::int64_t factor) const;
  bool operator==(const DramTraffic&) const = default;
};

/// Time, traffic and energy of a layer over all its steps on one accelerator. The analytic model
/// and the simulator both answer with it. Cycles are of the accelerator's clock.
struct LayerCost {
  base::Cycles cycles;          ///< from start to end
  base::Cycles compute_cycles;  ///< the array alone, fill and drain included
  base::Cycles vector_cycles;   ///< the vector lanes alone
  base::Cycles network_cycles;  ///< the busiest buffer alone
  base::Cycles memory_cycles;   ///< the DRAM port alone
  base::Cycles latency_cycles;  ///< what two tiles in flight allow: see docs/cost-model.md
  base::Cycles exposed_cycles;  ///< first fill and last drain
  base::Seconds time;           ///< cycles over the clock
  Bound bound = Bound::kCompute;
  std::int64_t macs = 0;  ///< of the dense nest
  MacFates fates;         ///< of these MACs
  DramTraffic dram;
  EnergyBreakdown energy;     ///< static energy: of the whole system over `time`
  double pe_utilization = 0;  ///< MACs not skipped / (PEs x MACs per PE x cycles)
};

/// What a layer may take at the most: sums of a few of these do not overflow.
inline constexpr std::int64_t kMostCycles = std::int64_t{1} << 60;

/// Rounded up to whole cycles, kMostCycles at the most; `cycles` is not negative.
[[nodiscard]] inline base::Cycles whole_cycles(double cycles) {
  if (cycles >= static_cast<double>(kMostCycles)) return base::Cycles(kMostCycles);
  const auto down = static_cast<std::int64_t>(cycles);
  return base::Cycles(down + (static_cast<double>(down) < cycles ? 1 : 0));
}

/// What a mapper or policy makes small.
enum class Objective : std::uint8_t { kLatency, kEnergy, kEdp };
inline constexpr std::array kAllObjectives = {Objective::kLatency, Objective::kEnergy,
                                              Objective::kEdp};
[[nodiscard]] std::string_view to_string(Objective objective);
/// Throws base::Error listing the known ones.
[[nodiscard]] Objective objective_from_string(std::string_view name);
/// Seconds, picojoules, or their product.
[[nodiscard]] double score(Objective objective, base::Seconds time, base::Picojoules energy);
/// A score in s, J or J s, as programs and people get it.
[[nodiscard]] double score_in_si(Objective objective, double score);

}  // namespace mensa::accelerators
