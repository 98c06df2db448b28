#pragma once

#include "scheduler/problem/schedule.h"

namespace mensa::scheduler {

/// From the start of one inference to that of the next, where they follow one another as closely as
/// they can. In sequence the latency. Else no less than
/// - what one of them occupies of any accelerator: where something waits there for a later layer,
/// no
///   other inference may run;
/// - the time in which one of them holds accelerators so while it still waits for others: of all
///   inferences in progress only one may, for two could wait for each other.
/// What they take from one another's bandwidth is not in it.
[[nodiscard]] base::Seconds analytic_interval(const SchedulingProblem& problem,
                                              const Schedule& schedule);

}  // namespace mensa::scheduler
