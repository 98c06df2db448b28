#include "scheduler/policies/follow_producer.h"

#include <algorithm>

namespace mensa::scheduler {

AcceleratorId best_in_isolation(const SchedulingProblem& problem,
                                const SchedulingProblem::Unit& unit) {
  const std::vector<AcceleratorId> candidates = problem.candidates(unit);
  return *std::min_element(candidates.begin(), candidates.end(),
                           [&](AcceleratorId a, AcceleratorId b) {
                             return problem.unit_score(unit, a) < problem.unit_score(unit, b);
                           });
}

std::optional<models::LayerId> followed_producer(const SchedulingProblem& problem,
                                                 const SchedulingProblem::Unit& unit,
                                                 const Assignment& assignment) {
  const models::Graph& graph = problem.graph();
  const std::vector<AcceleratorId> candidates = problem.candidates(unit);
  for (const models::LayerId id : unit) {
    for (const models::TensorId input : graph.activation_inputs(graph.layer(id))) {
      const auto producer = graph.producer(input);
      if (!producer.has_value()) continue;
      if (std::find(unit.begin(), unit.end(), *producer) != unit.end()) continue;
      const AcceleratorId there = assignment[producer->index()];
      if (std::find(candidates.begin(), candidates.end(), there) != candidates.end()) {
        return producer;
      }
    }
  }
  return std::nullopt;
}

AcceleratorId follow_producer(const SchedulingProblem& problem, const SchedulingProblem::Unit& unit,
                              const Assignment& assignment) {
  const auto producer = followed_producer(problem, unit, assignment);
  return producer ? assignment[producer->index()] : best_in_isolation(problem, unit);
}

}  // namespace mensa::scheduler
