#pragma once

#include <string>

#include "scheduler/exact/bound.h"

namespace mensa::cli {

/// What schedules of a problem are held against; `kind` as scheduler::bound_kind_from_string() has
/// it. base::Error on an unknown kind, and where the optimum is asked for of layers that do not run
/// in sequence.
[[nodiscard]] scheduler::Bounds bounds_of(const scheduler::SchedulingProblem& problem,
                                          const std::string& kind);
/// Only the errors.
void check_bound_kind(const std::string& kind, scheduler::Concurrency concurrency);

}  // namespace mensa::cli
