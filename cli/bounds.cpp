#include "cli/bounds.h"

#include "models/base/error.h"
#include "scheduler/exact/sequential_optimum.h"

namespace mensa::cli {

void check_bound_kind(const std::string& kind, scheduler::Concurrency concurrency) {
  const bool optimum = scheduler::bound_kind_from_string(kind) == scheduler::BoundKind::kOptimum;
  if (!optimum || concurrency == scheduler::Concurrency::kSequence) return;
  throw base::Error(
      "--bound optimum is of layers in sequence; with --concurrency layers there is the "
      "relaxation");
}

scheduler::Bounds bounds_of(const scheduler::SchedulingProblem& problem, const std::string& kind) {
  check_bound_kind(kind, problem.concurrency());
  return scheduler::bound_kind_from_string(kind) == scheduler::BoundKind::kOptimum
             ? scheduler::SequentialOptimum(problem).bounds()
             : scheduler::relaxed_bounds(problem);
}

}  // namespace mensa::cli
