#include "scheduler/problem/kept_outputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>

namespace mensa::scheduler {

using accelerators::LayerEvaluation;
using models::LayerId;
using models::TensorId;

namespace {

class KeptOutputs {
 public:
  KeptOutputs(const SchedulingProblem& problem, Schedule& schedule)
      : graph_(problem.graph()), costs_(problem.costs()), schedule_(schedule) {
    for (const Block& block : schedule_.blocks) {
      auto& list = sequence_[block.accelerator];
      list.insert(list.end(), block.layers.begin(), block.layers.end());
      if (block.layers.size() > 1) turns_.insert(block.layers.begin(), block.layers.end());
    }
    sequence_.erase(costs_.host());
  }

  void keep_what_pays() {
    for (const auto& [accelerator, list] : sequence_) {
      for (std::size_t at = 0; at < list.size(); ++at) {
        const auto change = residencies(list, at);
        if (change && pays(*change)) apply(*change);
      }
    }
  }

  void keep(const std::vector<TensorId>& tensors) {
    std::set<TensorId> left(tensors.begin(), tensors.end());
    for (const auto& [accelerator, list] : sequence_) {
      for (std::size_t at = 0; at < list.size(); ++at) {
        const auto output = keepable_output(graph_, graph_.layer(list[at]));
        if (!output || left.count(*output) == 0) continue;
        const auto change = residencies(list, at);
        if (!change) continue;
        apply(*change);
        left.erase(*output);
      }
    }
    if (left.empty()) return;
    throw std::logic_error(fmt::format("tensor '{}' cannot stay on chip as planned",
                                       graph_.tensor(*left.begin()).name));
  }

 private:
  using Residencies = std::map<LayerId, LayerResidency>;

  /// What writer and readers have if the output of the layer in that place stays; none where the
  /// rule does not let it.
  [[nodiscard]] std::optional<Residencies> residencies(const std::vector<LayerId>& list,
                                                       std::size_t at) const {
    const models::Layer& layer = graph_.layer(list[at]);
    const auto output = keepable_output(graph_, layer);
    if (!output || schedule_.at(layer.id).residency.output) return std::nullopt;
    const std::vector<LayerId>& readers = graph_.consumers(*output);
    if (at + readers.size() >= list.size()) return std::nullopt;
    std::set<LayerId> next(list.begin() + static_cast<std::ptrdiff_t>(at) + 1,
                           list.begin() + static_cast<std::ptrdiff_t>(at + readers.size()) + 1);
    if (next != std::set<LayerId>(readers.begin(), readers.end())) return std::nullopt;
    // Where layers that know nothing of this one's tensors run between its steps, a tensor of all
    // steps cannot stay: the others would not leave it room.
    if (turns_.count(layer.id) > 0) return std::nullopt;
    Residencies change;
    change[layer.id] = schedule_.at(layer.id).residency;
    change[layer.id].output = true;
    for (const LayerId reader : readers) {
      if (turns_.count(reader) > 0) return std::nullopt;
      const auto residency =
          with_input(graph_, graph_.layer(reader), schedule_.at(reader).residency, *output);
      if (!residency) return std::nullopt;
      change[reader] = *residency;
    }
    return change;
  }

  [[nodiscard]] bool pays(const Residencies& change) const {
    base::Seconds time_before, time_after;
    base::Picojoules energy_before, energy_after;
    for (const auto& [id, residency] : change) {
      const ScheduledLayer& entry = schedule_.at(id);
      const LayerEvaluation* after = costs_.find(id, entry.accelerator, residency);
      const LayerEvaluation* before = costs_.find(id, entry.accelerator, entry.residency);
      if (after == nullptr || before == nullptr) return false;
      time_before += before->cost.time;
      energy_before += before->cost.energy.total();
      time_after += after->cost.time;
      energy_after += after->cost.energy.total();
    }
    return accelerators::score(costs_.objective(), time_after, energy_after) <=
           accelerators::score(costs_.objective(), time_before, energy_before);
  }

  void apply(const Residencies& change) {
    for (const auto& [id, residency] : change) schedule_.layers[id.index()].residency = residency;
  }

  const models::Graph& graph_;
  CostTable& costs_;
  Schedule& schedule_;
  std::map<AcceleratorId, std::vector<LayerId>> sequence_;
  std::set<LayerId> turns_;  ///< layers that take turns with others
};

}  // namespace

std::optional<TensorId> keepable_output(const models::Graph& graph, const models::Layer& layer) {
  if (layer.outputs.size() != 1) return std::nullopt;
  const TensorId output = layer.outputs.front();
  const auto& outputs = graph.outputs();
  if (std::find(outputs.begin(), outputs.end(), output) != outputs.end()) return std::nullopt;
  if (graph.consumers(output).empty()) return std::nullopt;
  return output;
}

std::optional<LayerResidency> with_input(const models::Graph& graph, const models::Layer& reader,
                                         LayerResidency residency, TensorId tensor) {
  const auto inputs = graph.activation_inputs(reader);
  const auto found = std::find(inputs.begin(), inputs.end(), tensor);
  const auto position = static_cast<std::size_t>(found - inputs.begin());
  if (found == inputs.end() || position >= LayerResidency::kMostInputs) return std::nullopt;
  residency.add_input(position);
  return residency;
}

void keep_outputs(const SchedulingProblem& problem, Schedule& schedule,
                  const std::optional<std::vector<TensorId>>& kept) {
  KeptOutputs outputs(problem, schedule);
  if (kept) {
    outputs.keep(*kept);
  } else {
    outputs.keep_what_pays();
  }
}

}  // namespace mensa::scheduler
