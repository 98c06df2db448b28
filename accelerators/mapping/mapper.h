#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "accelerators/cost/mac_cost.h"

namespace mensa::accelerators {

/// How hard a search works. The map space is described in docs/cost-model.md.
enum class Effort : std::uint8_t {
  kExhaustive,  ///< every mapping; refuses spaces beyond kMostExhaustive
  kPruned,      ///< leaves out what bounds prove not to be better; as good as exhaustive
  kFast,        ///< a few promising mappings; no proof
};
[[nodiscard]] std::string_view to_string(Effort effort);
/// Throws base::Error listing the known ones.
[[nodiscard]] Effort effort_from_string(std::string_view name);

struct MapperOptions {
  Effort effort = Effort::kPruned;
  /// What the whole system draws while the accelerator works, in the place of static_power().
  std::optional<base::Watts> static_power = std::nullopt;
};

/// A mapping with its cost for one run of the nest.
struct MappedCost {
  Mapping mapping;
  LayerCost cost;
};

/// Mappings none of which is beaten in both time and energy, fastest first; never empty. An
/// exhaustive or pruned search holds the best for latency, energy and energy-delay product among
/// them, to one part in 10^9; of equally fast ones that of the least energy, and the other way
/// round.
using ParetoMappings = std::vector<MappedCost>;

/// How a search went.
struct SearchStatistics {
  std::int64_t evaluations = 0;  ///< complete mappings
  std::int64_t bounds = 0;       ///< lower bounds of sets of mappings
};

/// Searches the map space of the accelerator's dataflow and storage. Deterministic, and the same
/// from any thread. `Infeasible` says what even the smallest tiles lack. Throws base::Error where
/// the shape is none, or its space is too large for an exhaustive search.
[[nodiscard]] std::variant<ParetoMappings, Infeasible> map_layer(
    const System& system, const Accelerator& accelerator, const MacQuestion& question,
    const MapperOptions& options = {}, SearchStatistics* statistics = nullptr);

/// What map_layer() says of a question for which it finds no mapping, without the search.
[[nodiscard]] Infeasible why_infeasible(const System& system, const Accelerator& accelerator,
                                        const MacQuestion& question);

/// Mappings that an exhaustive search tries at most: about ten minutes.
inline constexpr std::int64_t kMostExhaustive = 1'000'000'000;

}  // namespace mensa::accelerators
