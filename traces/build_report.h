#pragma once

#include "scheduler/clusters/families.h"
#include "scheduler/exact/bound.h"
#include "scheduler/problem/schedule.h"
#include "sim/engine/run_result.h"
#include "traces/report.h"

namespace mensa::traces {

/// Gathers what the graph, the system, the schedule and the run say into one Report that refers to
/// none of them. `schedule`, `run` and `ideal` must be of `problem`; `ideal` is the same run at
/// memories of bandwidth and latency alone, or null. `provenance` is taken as it is.
[[nodiscard]] Report build_report(const scheduler::SchedulingProblem& problem,
                                  const scheduler::Schedule& schedule, const sim::RunResult& run,
                                  const sim::RunResult* ideal,
                                  const scheduler::FamilyTable& families, Provenance provenance);

/// How far a schedule is from bounds of its problem.
[[nodiscard]] std::vector<BoundReport> bound_reports(const scheduler::SchedulingProblem& problem,
                                                     const scheduler::Schedule& schedule,
                                                     const scheduler::Bounds& bounds);

/// Of the first stream of a run.
[[nodiscard]] StreamReport stream_report(const sim::RunResult& run);

}  // namespace mensa::traces
