#include "cli/plan_together.h"

#include <algorithm>
#include <numeric>

#include "accelerators/cost/cost_table.h"
#include "cli/watch.h"
#include "models/graph/join.h"
#include "scheduler/problem/split_plan.h"

namespace mensa::cli {
namespace {

/// Positions of the models, earliest deadline first and those without one last.
std::vector<std::size_t> by_deadline(const std::vector<ModelToPlan>& models) {
  std::vector<std::size_t> order(models.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    if (!models[a].deadline || !models[b].deadline)
      return models[a].deadline.has_value() && !models[b].deadline.has_value();
    return *models[a].deadline < *models[b].deadline;
  });
  return order;
}

/// Where the units of each model begin among those of all.
std::vector<scheduler::SchedulingProblem::Part> joint_parts(const std::vector<ModelToPlan>& models,
                                                            const std::vector<std::size_t>& order) {
  std::vector<scheduler::SchedulingProblem::Part> parts;
  parts.reserve(order.size());
  std::size_t first = 0;
  for (const std::size_t i : order) {
    parts.push_back({first, models[i].deadline});
    first += models[i].problem->units().size();
  }
  return parts;
}

/// Layers of a joined graph follow those of the graphs before theirs.
accelerators::LayerPrecisions joint_precisions(
    const std::vector<const scheduler::SchedulingProblem*>& parts) {
  accelerators::LayerPrecisions joint;
  for (const scheduler::SchedulingProblem* part : parts) {
    accelerators::LayerPrecisions own = part->costs().formats().requests();
    own.resize(part->graph().layers().size());  // none are all native
    joint.insert(joint.end(), own.begin(), own.end());
  }
  return joint;
}

}  // namespace

std::vector<scheduler::Plan> plan_together(
    const scheduler::Policy& policy, const std::vector<ModelToPlan>& models,
    const std::shared_ptr<accelerators::MappingCache>& mappings, workers::StatusBoard& status) {
  if (models.size() == 1) return {policy.plan(*models.front().problem)};
  const std::vector<std::size_t> order = by_deadline(models);
  std::vector<models::NamedGraph> graphs;
  std::vector<const scheduler::SchedulingProblem*> parts;
  graphs.reserve(order.size());
  parts.reserve(order.size());
  for (const std::size_t i : order) {
    graphs.push_back({models[i].name, &models[i].problem->graph()});
    parts.push_back(models[i].problem);
  }
  const models::Graph graph = models::join("the workload", graphs);
  accelerators::CostTable costs(graph, parts.front()->costs().objective(), mappings,
                                joint_precisions(parts));
  watch_mapping(costs, status);
  const scheduler::SchedulingProblem joint =
      scheduler::SchedulingProblem(costs, parts.front()->concurrency())
          .with_parts(joint_parts(models, order));
  const std::vector<scheduler::Plan> split =
      scheduler::split_plan(joint, policy.plan(joint), parts);
  std::vector<scheduler::Plan> plans(models.size());
  for (std::size_t i = 0; i < order.size(); ++i) plans[order[i]] = split[i];
  return plans;
}

}  // namespace mensa::cli
