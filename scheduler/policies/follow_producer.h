#pragma once

#include <optional>

#include "scheduler/problem/scheduling_problem.h"

namespace mensa::scheduler {

/// Where a unit without MAC work goes: to the layer that wrote its first input, if it runs there;
/// else to the candidate with the best score. `assignment` must cover every unit before it.
[[nodiscard]] AcceleratorId follow_producer(const SchedulingProblem& problem,
                                            const SchedulingProblem::Unit& unit,
                                            const Assignment& assignment);

/// The layer that such a unit follows; none where it goes by its score.
[[nodiscard]] std::optional<models::LayerId> followed_producer(const SchedulingProblem& problem,
                                                               const SchedulingProblem::Unit& unit,
                                                               const Assignment& assignment);

/// The candidate with the best score in isolation; the lowest id among equals.
[[nodiscard]] AcceleratorId best_in_isolation(const SchedulingProblem& problem,
                                              const SchedulingProblem::Unit& unit);

}  // namespace mensa::scheduler
