#pragma once

#include <vector>

#include "scheduler/problem/plan.h"
#include "scheduler/problem/schedule.h"

namespace mensa::scheduler {

/// The blocks of a plan in dispatch order. A recurrence stands where its first layer that cannot be
/// batched stands; an input product that its accelerator does not batch joins it there, where both
/// run on the same one.
[[nodiscard]] std::vector<Block> make_blocks(const SchedulingProblem& problem, const Plan& plan);

/// A schedule of these blocks, of which nothing but what lives inside a time step stays on chip; no
/// times yet, no transfers.
[[nodiscard]] Schedule schedule_of_blocks(const SchedulingProblem& problem, const Plan& plan);

}  // namespace mensa::scheduler
