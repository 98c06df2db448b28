#include "scheduler/uncertainty/repricing.h"

#include <map>
#include <tuple>

#include "accelerators/cost/all_runs.h"
#include "scheduler/problem/plan_times.h"

namespace mensa::scheduler {

using accelerators::LayerCost;
using accelerators::LayerEvaluation;

Repricing::Repricing(const SchedulingProblem& problem, const Schedule& schedule)
    : graph_(problem.graph()), schedule_(schedule) {
  // Those that are alike cost alike, so only these need be compared.
  std::map<std::tuple<AcceleratorId, double, double>, std::vector<std::size_t>> with_cost;
  run_of_.reserve(schedule.layers.size());
  for (const ScheduledLayer& entry : schedule.layers) {
    const Run run{problem.costs().find(entry.layer, entry.accelerator, entry.residency),
                  entry.layer, entry.accelerator};
    const LayerCost& cost = run.evaluation->cost;
    auto& candidates =
        with_cost[{entry.accelerator, cost.time.value(), cost.energy.total().value()}];
    std::size_t found = runs_.size();
    for (const std::size_t candidate : candidates) {
      if (alike(runs_[candidate], run)) found = candidate;
    }
    if (found == runs_.size()) {
      candidates.push_back(found);
      runs_.push_back(run);
    }
    run_of_.push_back(found);
  }
}

bool Repricing::alike(const Run& one, const Run& other) const {
  const LayerEvaluation& a = *one.evaluation;
  const LayerEvaluation& b = *other.evaluation;
  return a.question == b.question && a.vector_question == b.vector_question &&
         a.mapping == b.mapping && a.runs == b.runs && a.preload == b.preload &&
         a.on_host == b.on_host &&
         graph_.layer(one.layer).parameters.empty() == graph_.layer(other.layer).parameters.empty();
}

AnalyticCost Repricing::cost(const accelerators::System& system) {
  std::vector<LayerCost> costs;
  costs.reserve(runs_.size());
  for (const Run& run : runs_) {
    costs.push_back(
        accelerators::repriced(*run.evaluation, system, graph_.layer(run.layer), run.accelerator));
  }
  AnalyticCost sum;
  std::vector<base::Seconds> times;
  times.reserve(run_of_.size());
  for (const std::size_t run : run_of_) {
    times.push_back(costs[run].time);
    sum.energy += costs[run].energy.total();
  }
  plan_times(graph_, system, times, schedule_);
  sum.latency = schedule_.latency;
  return sum;
}

}  // namespace mensa::scheduler
