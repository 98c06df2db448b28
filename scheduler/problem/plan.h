#pragma once

#include <optional>
#include <vector>

#include "scheduler/problem/scheduling_problem.h"

namespace mensa::scheduler {

/// What a policy decides. Blocks, transfers and times follow from it (build_schedule).
struct Plan {
  Assignment assignment;
  /// Positions in SchedulingProblem::units(), in dispatch order: each once, no unit before one
  /// whose results it reads. None: in the order of units().
  std::optional<std::vector<std::size_t>> order = std::nullopt;
  /// Outputs that stay on chip between layers that do not take turns; what lives inside a time step
  /// is not among them. None: build_schedule decides of each one by itself.
  std::optional<std::vector<models::TensorId>> kept = std::nullopt;
};

/// Time and energy of one inference by the analytic model: planned latency, and the sum of what
/// the layers take.
struct AnalyticCost {
  base::Seconds latency;
  base::Picojoules energy;
};

}  // namespace mensa::scheduler
