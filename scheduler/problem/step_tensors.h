#pragma once

#include "scheduler/problem/schedule.h"

namespace mensa::scheduler {

/// Decides which tensors that live inside one time step stay on chip: those that fit beside the
/// tiles of whoever writes and reads them, and beside one another, for layers of one block find
/// them there together. Blocks and accelerators of `schedule` are given; residency is filled in.
/// The parameters of layers that take turns stay together or not at all.
void keep_step_tensors(const SchedulingProblem& problem, Schedule& schedule);

}  // namespace mensa::scheduler
