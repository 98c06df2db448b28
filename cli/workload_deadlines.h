#pragma once

#include <vector>

#include "cli/workload.h"
#include "scheduler/problem/scheduling_problem.h"

namespace mensa::cli {

/// Throws base::Error that names all deadlines, with their places in the file, below the least that
/// the model takes on its system in any schedule (relaxed_bounds() of concurrent layers), and what
/// they would have to be. `problems`: of the models, checked.
///
/// Where accelerators keep parameters from one inference to the next, that least is of the first
/// inference only: deadlines of several are not looked at then.
void check_deadlines(const std::vector<WorkloadModel>& models,
                     const std::vector<const scheduler::SchedulingProblem*>& problems);

}  // namespace mensa::cli
