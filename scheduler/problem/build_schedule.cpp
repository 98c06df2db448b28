#include <algorithm>
#include <map>
#include <set>

#include "scheduler/problem/memory_room.h"
#include "scheduler/problem/schedule.h"
#include "scheduler/problem/step_tensors.h"

namespace mensa::scheduler {

using accelerators::LayerEvaluation;
using models::LayerId;
using models::TensorId;

namespace {

class Builder {
 public:
  Builder(const SchedulingProblem& problem, const Assignment& assignment)
      : problem_(problem),
        graph_(problem.graph()),
        costs_(problem.costs()),
        assignment_(assignment) {}

  Schedule build(std::string policy, Concurrency concurrency) {
    schedule_.policy = std::move(policy);
    schedule_.concurrency = concurrency;
    schedule_.layers.resize(graph_.layers().size());
    for (const models::Layer& layer : graph_.layers()) {
      ScheduledLayer& entry = schedule_.layers[layer.id.index()];
      entry.layer = layer.id;
      entry.accelerator = assignment_[layer.id.index()];
    }
    make_blocks();
    keep_step_tensors(problem_, schedule_);
    keep_outputs();
    list_transfers();
    keep_parameters();
    plan_times();
    check_memory_room(problem_, schedule_);
    return std::move(schedule_);
  }

 private:
  /// Blocks in topological order. A recurrence stands where its first layer that cannot be batched
  /// stands; an input product that this accelerator does not batch joins it there.
  void make_blocks() {
    std::map<models::RecurrenceId, std::size_t> block_of;
    std::vector<LayerId> joining;
    for (const SchedulingProblem::Unit& unit : problem_.units()) {
      const models::Layer& first = graph_.layer(unit.front());
      const AcceleratorId accelerator = assignment_[first.id.index()];
      if (!first.recurrence.has_value() || costs_.batches_over_time(first, accelerator)) {
        schedule_.blocks.push_back({accelerator, unit, 1});
        continue;
      }
      if (first.time_batchable && accelerator == home(*first.recurrence)) {
        joining.push_back(first.id);
        continue;
      }
      Block block{accelerator, {}, graph_.steps(first)};
      if (!first.time_batchable) {
        // Those that join come first: they read nothing that the recurrence makes.
        for (const LayerId id : joining) {
          if (graph_.layer(id).recurrence == first.recurrence) block.layers.push_back(id);
        }
      }
      block.layers.insert(block.layers.end(), unit.begin(), unit.end());
      schedule_.blocks.push_back(std::move(block));
    }
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

  [[nodiscard]] bool fits(LayerId layer, const LayerResidency& residency) const {
    return costs_.find(layer, assignment_[layer.index()], residency) != nullptr;
  }

  /// Outputs whose readers are exactly the next layers on the same accelerator.
  void keep_outputs() {
    std::map<AcceleratorId, std::vector<LayerId>> sequence;
    for (const Block& block : schedule_.blocks) {
      auto& list = sequence[block.accelerator];
      list.insert(list.end(), block.layers.begin(), block.layers.end());
    }
    for (const auto& [accelerator, list] : sequence) {
      if (accelerator == costs_.host()) continue;
      for (std::size_t at = 0; at < list.size(); ++at) keep_output(list, at);
    }
  }

  /// Whether layers that know nothing of this one's tensors run between its steps: then a tensor of
  /// all steps cannot stay, for the others would not leave it room.
  [[nodiscard]] bool takes_turns(LayerId id) const {
    return std::any_of(schedule_.blocks.begin(), schedule_.blocks.end(), [&](const Block& block) {
      return block.layers.size() > 1 &&
             std::find(block.layers.begin(), block.layers.end(), id) != block.layers.end();
    });
  }

  void keep_output(const std::vector<LayerId>& list, std::size_t at) {
    const models::Layer& layer = graph_.layer(list[at]);
    if (schedule_.layers[layer.id.index()].residency.output || layer.outputs.size() != 1) return;
    const TensorId output = layer.outputs.front();
    const auto& graph_outputs = graph_.outputs();
    if (std::find(graph_outputs.begin(), graph_outputs.end(), output) != graph_outputs.end())
      return;
    const std::vector<LayerId>& readers = graph_.consumers(output);
    if (readers.empty() || at + readers.size() >= list.size()) return;
    std::set<LayerId> next(list.begin() + static_cast<std::ptrdiff_t>(at) + 1,
                           list.begin() + static_cast<std::ptrdiff_t>(at + readers.size()) + 1);
    if (next != std::set<LayerId>(readers.begin(), readers.end())) return;
    if (takes_turns(layer.id)) return;
    if (std::any_of(readers.begin(), readers.end(), [&](LayerId id) { return takes_turns(id); })) {
      return;
    }

    std::map<LayerId, LayerResidency> proposed;
    proposed[layer.id] = schedule_.layers[layer.id.index()].residency;
    proposed[layer.id].output = true;
    for (const LayerId reader : readers) {
      LayerResidency residency = schedule_.layers[reader.index()].residency;
      const auto inputs = graph_.activation_inputs(graph_.layer(reader));
      const auto position = static_cast<std::size_t>(
          std::find(inputs.begin(), inputs.end(), output) - inputs.begin());
      if (position >= LayerResidency::kMostInputs) return;
      residency.add_input(position);
      proposed[reader] = residency;
    }
    base::Seconds time_before, time_after;
    base::Picojoules energy_before, energy_after;
    for (const auto& [id, residency] : proposed) {
      const LayerEvaluation* after = costs_.find(id, assignment_[id.index()], residency);
      const LayerEvaluation* before =
          costs_.find(id, assignment_[id.index()], schedule_.layers[id.index()].residency);
      if (after == nullptr || before == nullptr) return;
      time_before += before->cost.time;
      energy_before += before->cost.energy.total();
      time_after += after->cost.time;
      energy_after += after->cost.energy.total();
    }
    if (accelerators::score(costs_.objective(), time_after, energy_after) >
        accelerators::score(costs_.objective(), time_before, energy_before)) {
      return;
    }
    for (const auto& [id, residency] : proposed) schedule_.layers[id.index()].residency = residency;
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

  void plan_times() {
    std::map<AcceleratorId, base::Seconds> free_at;
    for (const Block& block : schedule_.blocks) {
      base::Seconds start = schedule_.concurrency == Concurrency::kSequence
                                ? schedule_.latency
                                : free_at[block.accelerator];
      base::Seconds length;
      for (const LayerId id : block.layers) {
        for (const LayerId before : graph_.predecessors(id)) {
          const auto& layers = block.layers;
          if (std::find(layers.begin(), layers.end(), before) != layers.end()) continue;
          start = std::max(start, schedule_.layers[before.index()].end);
        }
        length += costs_.find(id, block.accelerator, schedule_.at(id).residency)->cost.time;
      }
      if (block.accelerator != costs_.host()) {
        length += problem_.system().accelerator(block.accelerator).launch_overhead;
      }
      for (const LayerId id : block.layers) {
        schedule_.layers[id.index()].start = start;
        schedule_.layers[id.index()].end = start + length;
      }
      free_at[block.accelerator] = start + length;
      schedule_.latency = std::max(schedule_.latency, start + length);
    }
  }

  const SchedulingProblem& problem_;
  const models::Graph& graph_;
  CostTable& costs_;
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

Schedule build_schedule(const SchedulingProblem& problem, const Assignment& assignment,
                        std::string policy, Concurrency concurrency) {
  return Builder(problem, assignment).build(std::move(policy), concurrency);
}

}  // namespace mensa::scheduler
