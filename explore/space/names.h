#pragma once

#include <optional>
#include <string>
#include <vector>

#include "explore/space/space.h"

namespace mensa::explore {

/// What a name in a constraint stands for: a parameter or a part of it, a metric, or a metric of
/// one accelerator (area, pes, buffers) or of one model (latency, energy, edp), as "area.pascal".
struct ConstraintName {
  std::optional<Metric> metric;  ///< none: a parameter
  std::string of;                ///< the accelerator or model; empty: of the whole
};

/// None where it stands for nothing.
[[nodiscard]] std::optional<ConstraintName> resolve_name(const Space& space,
                                                         const std::string& name);

/// All that expressions may use: of links parameters alone.
[[nodiscard]] std::vector<std::string> known_names(const Space& space, bool with_metrics);

}  // namespace mensa::explore
