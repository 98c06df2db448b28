#include <algorithm>
#include <set>

#include "scheduler/problem/analytic_interval.h"
#include "scheduler/problem/blocks.h"
#include "scheduler/problem/kept_outputs.h"
#include "scheduler/problem/memory_room.h"
#include "scheduler/problem/plan_times.h"
#include "scheduler/problem/schedule.h"

namespace mensa::scheduler {

using models::LayerId;
using models::TensorId;

namespace {

class Builder {
 public:
  Builder(const SchedulingProblem& problem, const Plan& plan)
      : problem_(problem),
        graph_(problem.graph()),
        costs_(problem.costs()),
        plan_(plan),
        assignment_(plan.assignment) {}

  Schedule build(std::string policy) {
    schedule_ = schedule_of_blocks(problem_, plan_);
    schedule_.policy = std::move(policy);
    schedule_.concurrency = problem_.concurrency();
    keep_outputs(problem_, schedule_, plan_.kept);
    list_transfers();
    keep_parameters();
    plan_times(problem_.graph(), problem_.system(), layer_times(), schedule_);
    check_memory_room(problem_, schedule_);
    return std::move(schedule_);
  }

 private:
  [[nodiscard]] bool fits(LayerId layer, const LayerResidency& residency) const {
    return costs_.find(layer, assignment_[layer.index()], residency) != nullptr;
  }

  [[nodiscard]] std::vector<base::Seconds> layer_times() const {
    std::vector<base::Seconds> times;
    times.reserve(schedule_.layers.size());
    for (const ScheduledLayer& entry : schedule_.layers) {
      times.push_back(costs_.find(entry.layer, entry.accelerator, entry.residency)->cost.time);
    }
    return times;
  }

  void list_transfers() {
    for (const models::Tensor& tensor : graph_.tensors()) {
      const auto producer = graph_.producer(tensor.id);
      if (!producer.has_value()) continue;
      const AcceleratorId from = assignment_[producer->index()];
      std::set<AcceleratorId> receivers;
      for (const LayerId reader : graph_.consumers(tensor.id)) {
        receivers.insert(assignment_[reader.index()]);
      }
      receivers.erase(from);
      for (const AcceleratorId to : receivers) {
        schedule_.transfers.push_back({tensor.id, from, to, costs_.tensor_bytes(tensor.id, from)});
      }
    }
  }

  /// Of accelerators that keep them between inferences, where those of all their layers fit.
  void keep_parameters() {
    const auto& accelerators = problem_.system().accelerators;
    schedule_.kept_parameters.assign(accelerators.size(), base::Bytes(0));
    for (const accelerators::Accelerator& accelerator : accelerators) {
      if (!accelerator.keeps_parameters) continue;
      std::vector<LayerId> layers;
      base::Bytes total;
      for (const ScheduledLayer& entry : schedule_.layers) {
        if (entry.accelerator != accelerator.id) continue;
        layers.push_back(entry.layer);
        total += costs_.parameter_bytes(graph_.layer(entry.layer), accelerator.id);
      }
      if (total > accelerator.parameter_capacity()) continue;
      base::Bytes& kept = schedule_.kept_parameters[accelerator.id.index()];
      kept = total;
      const bool all_fit = std::all_of(layers.begin(), layers.end(), [&](LayerId id) {
        return fits(id, schedule_.warm_residency(id));
      });
      if (!all_fit) kept = base::Bytes(0);
    }
  }

  const SchedulingProblem& problem_;
  const models::Graph& graph_;
  CostTable& costs_;
  const Plan& plan_;
  const Assignment& assignment_;
  Schedule schedule_;
};

}  // namespace

bool Schedule::keeps_parameters() const {
  return std::any_of(kept_parameters.begin(), kept_parameters.end(),
                     [](base::Bytes kept) { return kept > base::Bytes(0); });
}

LayerResidency Schedule::warm_residency(LayerId id) const {
  const ScheduledLayer& entry = at(id);
  LayerResidency warm = entry.residency;
  if (entry.accelerator.index() < kept_parameters.size()) {
    warm.kept_parameters = kept_parameters[entry.accelerator.index()];
  }
  return warm;
}

AnalyticCost analytic_cost(const SchedulingProblem& problem, const Schedule& schedule) {
  AnalyticCost cost{schedule.latency, base::Picojoules(0)};
  for (const ScheduledLayer& entry : schedule.layers) {
    cost.energy +=
        problem.costs().find(entry.layer, entry.accelerator, entry.residency)->cost.energy.total();
  }
  return cost;
}

AnalyticCost analytic_stream_cost(const SchedulingProblem& problem, const Schedule& schedule) {
  AnalyticCost cost = analytic_cost(problem, schedule);
  const auto inferences = static_cast<double>(problem.inferences());
  if (problem.inferences() > 1) {
    cost.latency += analytic_interval(problem, schedule) * (inferences - 1);
  }
  cost.energy = cost.energy * inferences;
  return cost;
}

Schedule build_schedule(const SchedulingProblem& problem, const Plan& plan, std::string policy) {
  return Builder(problem, plan).build(std::move(policy));
}

}  // namespace mensa::scheduler
