#include "explore/evaluation/network_costs.h"

#include "accelerators/cost/cost_table.h"
#include "scheduler/problem/analytic_interval.h"
#include "scheduler/problem/schedule.h"
#include "scheduler/problem/scheduling_problem.h"

namespace mensa::explore {
namespace {

void add_shares(const scheduler::SchedulingProblem& problem, const scheduler::Schedule& schedule,
                NetworkCosts& costs) {
  costs.shares.resize(problem.system().accelerators.size() + 1);
  for (const models::Layer& layer : problem.graph().layers()) {
    const scheduler::ScheduledLayer& placed = schedule.at(layer.id);
    const accelerators::LayerEvaluation& evaluation =
        *problem.costs().find(layer.id, placed.accelerator, placed.residency);
    AcceleratorShare& share = costs.shares[placed.accelerator.index()];
    share.busy += evaluation.cost.time;
    share.energy += evaluation.cost.energy.total();
    share.macs += evaluation.cost.macs;
    ++share.layers;
    costs.dram += evaluation.cost.dram.read() + evaluation.cost.dram.write();
  }
}

}  // namespace

NetworkCosts network_costs(const models::Graph& graph,
                           const accelerators::LayerPrecisions& precisions,
                           const std::shared_ptr<accelerators::MappingCache>& mappings,
                           const SchedulingRules& rules) {
  accelerators::CostTable table(graph, rules.objective, mappings, precisions);
  const scheduler::SchedulingProblem problem(table, rules.concurrency);
  problem.check();
  const scheduler::Schedule schedule =
      scheduler::build_schedule(problem, rules.policy->plan(problem), rules.policy_name);
  scheduler::verify(problem, schedule);
  const scheduler::AnalyticCost cost = scheduler::analytic_cost(problem, schedule);
  NetworkCosts costs;
  costs.latency = cost.latency;
  costs.interval = scheduler::analytic_interval(problem, schedule);
  costs.energy = cost.energy;
  add_shares(problem, schedule, costs);
  return costs;
}

}  // namespace mensa::explore
