#include "scheduler/problem/step_tensors.h"

#include <algorithm>
#include <set>

namespace mensa::scheduler {

using models::LayerId;
using models::TensorId;

namespace {

class StepTensors {
 public:
  StepTensors(const SchedulingProblem& problem, Schedule& schedule)
      : graph_(problem.graph()), costs_(problem.costs()), schedule_(schedule) {}

  void keep() {
    for (const Block& block : schedule_.blocks) {
      if (block.accelerator == costs_.host()) continue;
      for (const LayerId id : block.layers) {
        const models::Layer& layer = graph_.layer(id);
        if (!layer.recurrence.has_value()) continue;
        ScheduledLayer& entry = schedule_.layers[id.index()];
        const std::vector<TensorId> inputs = graph_.activation_inputs(layer);
        for (std::size_t i = 0; i < inputs.size() && i < LayerResidency::kMostInputs; ++i) {
          if (!inside_step(inputs[i], block)) continue;
          LayerResidency with = entry.residency;
          with.add_input(i);
          if (fits(id, with)) entry.residency = with;
        }
        const bool all_inside =
            std::all_of(layer.outputs.begin(), layer.outputs.end(),
                        [&](TensorId output) { return inside_step(output, block); });
        LayerResidency with = entry.residency;
        with.output = true;
        if (all_inside && !layer.outputs.empty() && fits(id, with)) entry.residency = with;
      }
    }
    while (drop_one_sided()) {
    }
    for (const Block& block : schedule_.blocks) leave_room(block);
  }

 private:
  [[nodiscard]] bool fits(LayerId layer, const LayerResidency& residency) const {
    return costs_.find(layer, schedule_.at(layer).accelerator, residency) != nullptr;
  }

  /// Whether a tensor is overwritten by the next step and nobody outside of the block reads it.
  [[nodiscard]] bool inside_step(TensorId id, const Block& block) const {
    const models::Tensor& tensor = graph_.tensor(id);
    const auto in_block = [&](LayerId layer) {
      return std::find(block.layers.begin(), block.layers.end(), layer) != block.layers.end();
    };
    const auto& readers = graph_.consumers(id);
    const auto producer = graph_.producer(id);
    if (!std::all_of(readers.begin(), readers.end(), in_block)) return false;
    if (tensor.recurrent_state.has_value()) return true;
    if (!producer.has_value() || !in_block(*producer) || readers.empty()) return false;
    const auto& outputs = graph_.outputs();
    if (std::find(outputs.begin(), outputs.end(), id) != outputs.end()) return false;
    return block.layers.size() > 1 && graph_.layer(*producer).recurrence.has_value();
  }

  [[nodiscard]] bool finds_resident(LayerId reader, TensorId tensor) const {
    const auto inputs = graph_.activation_inputs(graph_.layer(reader));
    const auto at = std::find(inputs.begin(), inputs.end(), tensor) - inputs.begin();
    return schedule_.at(reader).residency.has_input(static_cast<std::size_t>(at));
  }

  /// A tensor stays only if its writer and all its readers agree: undoes what only one side wants.
  /// Answers whether it changed anything, which may make others one-sided.
  bool drop_one_sided() {
    bool changed = false;
    for (const models::Layer& layer : graph_.layers()) {
      LayerResidency& residency = schedule_.layers[layer.id.index()].residency;
      for (const TensorId output : layer.outputs) {
        for (const LayerId reader : graph_.consumers(output)) {
          if (!residency.output || finds_resident(reader, output)) continue;
          residency.output = false;
          changed = true;
        }
      }
      const std::vector<TensorId> inputs = graph_.activation_inputs(layer);
      for (std::size_t i = 0; i < inputs.size() && i < LayerResidency::kMostInputs; ++i) {
        const auto producer = graph_.producer(inputs[i]);
        if (!residency.has_input(i) || !producer.has_value()) continue;
        if (schedule_.layers[producer->index()].residency.output) continue;
        residency.drop_input(i);
        changed = true;
      }
    }
    return changed;
  }

  /// Layers that take turns find one another's tensors and parameters on chip: each leaves room for
  /// the others'. Where that is too much, the largest tensors go to DRAM. Either all of them hold
  /// the parameters of all, or none does.
  void leave_room(const Block& block) {
    if (block.layers.size() < 2 || block.accelerator == costs_.host()) return;
    while (true) {
      const std::vector<TensorId> kept = tensors_on_chip(graph_, schedule_, block);
      reserve_for_others(block, kept);
      if (!all_of(block, [&](LayerId id) { return fits(id, schedule_.at(id).residency); })) {
        if (kept.empty()) return;  // verify() says what does not fit
        to_dram(*std::max_element(kept.begin(), kept.end(), [&](TensorId a, TensorId b) {
          return costs_.tensor_bytes(a, block.accelerator) <
                 costs_.tensor_bytes(b, block.accelerator);
        }));
        continue;
      }
      const auto holds = [&](LayerId id) {
        return costs_.find(id, block.accelerator, schedule_.at(id).residency)->held_parameters >
               base::Bytes(0);
      };
      if (all_of(block, holds) || std::none_of(block.layers.begin(), block.layers.end(), holds)) {
        return;
      }
      for (const LayerId id : block.layers) {
        schedule_.layers[id.index()].residency.refetches_parameters = true;
      }
    }
  }

  template <class Predicate>
  static bool all_of(const Block& block, Predicate&& holds) {
    return std::all_of(block.layers.begin(), block.layers.end(), holds);
  }

  void reserve_for_others(const Block& block, const std::vector<TensorId>& kept) {
    for (const LayerId id : block.layers) {
      base::Bytes& others = schedule_.layers[id.index()].residency.others;
      others = base::Bytes(0);
      for (const TensorId tensor : kept) {
        if (!uses(id, tensor)) others += costs_.tensor_bytes(tensor, block.accelerator);
      }
    }
  }

  /// Whether a layer finds a tensor on chip, or leaves it there.
  [[nodiscard]] bool uses(LayerId id, TensorId tensor) const {
    const auto& outputs = graph_.layer(id).outputs;
    return finds_resident(id, tensor) ||
           (schedule_.at(id).residency.output &&
            std::find(outputs.begin(), outputs.end(), tensor) != outputs.end());
  }

  /// A tensor of one step that was to stay, with the one that it becomes or comes from by the step.
  void to_dram(TensorId tensor) {
    std::vector<TensorId> going = {tensor};
    for (const models::Tensor& state : graph_.tensors()) {
      if (!state.recurrent_state.has_value() || !state.recurrent_state->next.has_value()) continue;
      if (state.id == tensor) going.push_back(*state.recurrent_state->next);
      if (*state.recurrent_state->next == tensor) going.push_back(state.id);
    }
    for (const TensorId each : going) {
      if (const auto producer = graph_.producer(each)) {
        schedule_.layers[producer->index()].residency.output = false;
      }
      for (const LayerId reader : graph_.consumers(each)) {
        const auto inputs = graph_.activation_inputs(graph_.layer(reader));
        for (std::size_t i = 0; i < inputs.size() && i < LayerResidency::kMostInputs; ++i) {
          if (inputs[i] == each) schedule_.layers[reader.index()].residency.drop_input(i);
        }
      }
    }
    while (drop_one_sided()) {
    }
  }

  const models::Graph& graph_;
  CostTable& costs_;
  Schedule& schedule_;
};

}  // namespace

std::vector<TensorId> tensors_on_chip(const models::Graph& graph, const Schedule& schedule,
                                      const Block& block) {
  std::set<TensorId> kept;
  for (const LayerId id : block.layers) {
    const models::Layer& layer = graph.layer(id);
    const LayerResidency& residency = schedule.at(id).residency;
    const std::vector<TensorId> inputs = graph.activation_inputs(layer);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (residency.has_input(i)) kept.insert(inputs[i]);
    }
    if (residency.output) kept.insert(layer.outputs.begin(), layer.outputs.end());
  }
  return {kept.begin(), kept.end()};
}

void keep_step_tensors(const SchedulingProblem& problem, Schedule& schedule) {
  StepTensors(problem, schedule).keep();
}

}  // namespace mensa::scheduler
