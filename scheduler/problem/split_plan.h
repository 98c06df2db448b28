#pragma once

#include <vector>

#include "scheduler/problem/plan.h"

namespace mensa::scheduler {

/// A plan for each part of a joint problem, out of the plan for all of it: the assignment of the
/// part's layers, and its units in the order in which they stand in the joint order, where the plan
/// has one. What stays on chip is left to build_schedule.
///
/// `joint` is of the joined graphs (models/graph/join.h) of `parts`, in their order; all on one
/// system. Throws std::logic_error where they have not as many layers, or `plan` is not of `joint`.
[[nodiscard]] std::vector<Plan> split_plan(const SchedulingProblem& joint, const Plan& plan,
                                           const std::vector<const SchedulingProblem*>& parts);

}  // namespace mensa::scheduler
