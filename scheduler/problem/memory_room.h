#pragma once

#include "scheduler/problem/schedule.h"

namespace mensa::scheduler {

/// Checks that every memory of the system holds what lies in it: the parameters of all layers on
/// its accelerators, and beside them, at any time of one inference, the activations that are still
/// to be read there. Activations that stay on chip take no room. Throws base::Error that names the
/// memory, what is needed and when, and what there is.
void check_memory_room(const SchedulingProblem& problem, const Schedule& schedule);

}  // namespace mensa::scheduler
