#include "scheduler/problem/blocks.h"

#include <numeric>

#include "scheduler/problem/step_tensors.h"

namespace mensa::scheduler {

using models::LayerId;

namespace {

class Blocks {
 public:
  Blocks(const SchedulingProblem& problem, const Plan& plan)
      : problem_(problem),
        graph_(problem.graph()),
        costs_(problem.costs()),
        assignment_(plan.assignment) {
    if (plan.order) {
      order_ = *plan.order;
    } else {
      order_.resize(problem.units().size());
      std::iota(order_.begin(), order_.end(), std::size_t{0});
    }
  }

  std::vector<Block> make() {
    for (const std::size_t u : order_) place(problem_.units()[u]);
    return std::move(blocks_);
  }

 private:
  void place(const SchedulingProblem::Unit& unit) {
    const models::Layer& first = graph_.layer(unit.front());
    const AcceleratorId accelerator = assignment_[first.id.index()];
    if (!first.recurrence.has_value() || costs_.batches_over_time(first, accelerator)) {
      blocks_.push_back({accelerator, unit, 1});
      return;
    }
    if (first.time_batchable && accelerator == home(*first.recurrence)) {
      joining_.push_back(first.id);
      return;
    }
    Block block{accelerator, {}, graph_.steps(first)};
    if (!first.time_batchable) {
      // Those that join come first: they read nothing that the recurrence makes.
      for (const LayerId id : joining_) {
        if (graph_.layer(id).recurrence == first.recurrence) block.layers.push_back(id);
      }
    }
    block.layers.insert(block.layers.end(), unit.begin(), unit.end());
    blocks_.push_back(std::move(block));
  }

  /// Where the layers of a recurrence that cannot be batched run.
  [[nodiscard]] AcceleratorId home(models::RecurrenceId recurrence) const {
    for (const SchedulingProblem::Unit& unit : problem_.units()) {
      const models::Layer& layer = graph_.layer(unit.front());
      if (layer.recurrence == recurrence && !layer.time_batchable) {
        return assignment_[layer.id.index()];
      }
    }
    return costs_.host();
  }

  const SchedulingProblem& problem_;
  const models::Graph& graph_;
  const CostTable& costs_;
  const Assignment& assignment_;
  std::vector<std::size_t> order_;
  std::vector<LayerId> joining_;
  std::vector<Block> blocks_;
};

}  // namespace

std::vector<Block> make_blocks(const SchedulingProblem& problem, const Plan& plan) {
  return Blocks(problem, plan).make();
}

Schedule schedule_of_blocks(const SchedulingProblem& problem, const Plan& plan) {
  Schedule schedule;
  schedule.layers.resize(problem.graph().layers().size());
  for (const models::Layer& layer : problem.graph().layers()) {
    ScheduledLayer& entry = schedule.layers[layer.id.index()];
    entry.layer = layer.id;
    entry.accelerator = plan.assignment[layer.id.index()];
  }
  schedule.blocks = make_blocks(problem, plan);
  keep_step_tensors(problem, schedule);
  return schedule;
}

}  // namespace mensa::scheduler
