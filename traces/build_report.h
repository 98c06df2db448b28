#pragma once

#include "scheduler/clusters/families.h"
#include "scheduler/problem/schedule.h"
#include "sim/engine/run_result.h"
#include "traces/report.h"

namespace mensa::traces {

/// Gathers what the graph, the system, the schedule and the run say into one Report that refers to
/// none of them. `schedule` and `run` must be of `problem`; `provenance` is taken as it is.
[[nodiscard]] Report build_report(const scheduler::SchedulingProblem& problem,
                                  const scheduler::Schedule& schedule, const sim::RunResult& run,
                                  const scheduler::FamilyTable& families, Provenance provenance);

}  // namespace mensa::traces
