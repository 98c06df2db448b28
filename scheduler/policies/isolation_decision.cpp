#include "scheduler/policies/isolation_decision.h"

#include <fmt/format.h>

#include <algorithm>

#include "scheduler/policies/follow_producer.h"
#include "scheduler/policies/wording.h"

namespace mensa::scheduler {

using accelerators::Objective;

UnitCost unit_cost(const SchedulingProblem& problem, const SchedulingProblem::Unit& unit,
                   AcceleratorId accelerator) {
  UnitCost cost;
  for (const models::LayerId layer : unit) {
    const auto& found = problem.costs().find(layer, accelerator)->cost;
    cost.time += found.time;
    cost.energy += found.energy.total();
  }
  return cost;
}

std::vector<Flip> flips_by_factor(Objective objective, const UnitCost& cost, double factor,
                                  AcceleratorId then) {
  std::vector<Flip> flips;
  if (objective != Objective::kEnergy) {
    flips.push_back({{{"time", cost.time.value(), cost.time.value() * factor}}, then});
  }
  if (objective != Objective::kLatency) {
    flips.push_back({{{"energy", cost.energy.value(), cost.energy.value() * factor}}, then});
  }
  return flips;
}

Decision explain_best_in_isolation(const SchedulingProblem& problem,
                                   const SchedulingProblem::Unit& unit) {
  const Objective objective = problem.costs().objective();
  const AcceleratorId best = best_in_isolation(problem, unit);
  const double score = problem.unit_score(unit, best);
  std::vector<AcceleratorId> others = problem.candidates(unit);
  std::erase(others, best);
  if (others.empty()) {
    return {{fmt::format("It runs on {} only.", problem.costs().name(best))}, {}};
  }
  const AcceleratorId next =
      *std::min_element(others.begin(), others.end(), [&](AcceleratorId a, AcceleratorId b) {
        return problem.unit_score(unit, a) < problem.unit_score(unit, b);
      });
  const double next_score = problem.unit_score(unit, next);
  Decision decision;
  decision.reasons.push_back(fmt::format(
      "In isolation, everything through DRAM, {} has the smallest {}: {}; next is {} "
      "with {}.",
      problem.costs().name(best), accelerators::to_string(objective), in_words(objective, score),
      problem.costs().name(next), in_words(objective, next_score)));
  // Without work there is nothing that could take longer.
  if (score > 0) {
    // The lower id wins among equals.
    constexpr double kJustMore = 1 + 1e-9;
    decision.flips = flips_by_factor(objective, unit_cost(problem, unit, best),
                                     next_score / score * kJustMore, next);
  }
  return decision;
}

Decision explain_follow_producer(const SchedulingProblem& problem,
                                 const SchedulingProblem::Unit& unit,
                                 const Assignment& assignment) {
  const auto producer = followed_producer(problem, unit, assignment);
  if (producer) {
    return {{fmt::format("It has no MACs and follows layer '{}', whose output it reads, on {}.",
                         problem.graph().layer(*producer).name,
                         problem.costs().name(assignment[producer->index()]))},
            {}};
  }
  Decision decision = explain_best_in_isolation(problem, unit);
  decision.reasons.insert(decision.reasons.begin(),
                          "It has no MACs, and no layer that it reads from runs where it could "
                          "follow.");
  return decision;
}

}  // namespace mensa::scheduler
