#include "scheduler/exact/sequential_optimum.h"

#include <utility>

#include "scheduler/exact/best_path.h"

namespace mensa::scheduler {

using accelerators::Objective;
using Reach = DecisionGraph::Reach;

namespace {

DecisionGraph widest(const SchedulingProblem& problem, const DecisionGraph::Limits& limits) {
  DecisionGraph all(problem, Reach::kAllOrders, limits);
  return all.complete() ? std::move(all) : DecisionGraph(problem, Reach::kOneOrder, limits);
}

/// Always complete: there are few states.
Plan chain_plan(const SchedulingProblem& problem, Objective objective) {
  const DecisionGraph graph(problem, Reach::kNextUnit, DecisionGraph::kNoLimits);
  return graph.plan(problem, best_path(graph, objective).arcs);
}

}  // namespace

SequentialOptimum::SequentialOptimum(const SchedulingProblem& problem)
    : SequentialOptimum(problem, Limits{}) {}

SequentialOptimum::SequentialOptimum(const SchedulingProblem& problem, const Limits& limits)
    : problem_(problem), limits_(limits), graph_(widest(problem, limits.states)) {}

SequentialOptimum::Best SequentialOptimum::find(Objective objective) const {
  if (graph_.complete()) {
    const BestPath best = best_path(graph_, objective);
    const double value = accelerators::score(objective, base::Seconds(best.seconds),
                                             base::Picojoules(best.picojoules));
    const bool every_order = graph_.reach() == Reach::kAllOrders;
    return {graph_.plan(problem_, best.arcs),
            {value, every_order ? BoundKind::kOptimum : BoundKind::kOptimumInOrder}};
  }
  Plan start = chain_plan(problem_, objective);
  auto found = solve_integer_program(problem_, objective, limits_.program, start);
  if (!found) {
    return {std::move(start), relaxed_bounds(problem_.with(Concurrency::kSequence)).at(objective)};
  }
  if (found->proved) return {std::move(found->plan), {found->value, BoundKind::kOptimumInOrder}};
  return {std::move(found->plan), {found->bound, BoundKind::kSearchInOrder}};
}

Bounds SequentialOptimum::bounds() const {
  Bounds bounds;
  for (const Objective each : accelerators::kAllObjectives) bounds[each] = find(each).bound;
  return bounds;
}

}  // namespace mensa::scheduler
