#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>

#include "scheduler/problem/schedule.h"

namespace mensa::scheduler {

using models::Layer;
using models::LayerId;
using models::TensorId;

namespace {

/// Rounding of sums of doubles, relative; planned times are sums over at most 100 000 layers.
constexpr double kTimeTolerance = 1e-9;

class Verifier {
 public:
  Verifier(const SchedulingProblem& problem, const Schedule& schedule)
      : graph_(problem.graph()), costs_(problem.costs()), schedule_(schedule) {}

  std::vector<std::string> run() {
    if (!complete()) return found_;  // the other checks index by layer
    recurrences_share_an_accelerator();
    everything_runs_where_it_is();
    order_respects_data();
    times_hold();
    residency_is_sound();
    layers_leave_one_another_room();
    parameters_stay_where_they_fit();
    transfers_are_listed();
    return found_;
  }

 private:
  template <class... Args>
  void report(fmt::format_string<Args...> text, Args&&... args) {
    found_.push_back(fmt::format(text, std::forward<Args>(args)...));
  }
  [[nodiscard]] const std::string& name(LayerId id) const { return graph_.layer(id).name; }

  bool complete() {
    const std::size_t count = graph_.layers().size();
    if (schedule_.layers.size() != count) {
      report("the schedule has {} layers, the model {}", schedule_.layers.size(), count);
      return false;
    }
    position_.assign(count, 0);
    block_of_.assign(count, 0);
    std::vector<int> seen(count, 0);
    std::size_t position = 0;
    for (std::size_t b = 0; b < schedule_.blocks.size(); ++b) {
      const Block& block = schedule_.blocks[b];
      if (block.accelerator > costs_.host()) {
        report("block {} is on an accelerator that the system does not have", b);
        return false;
      }
      for (const LayerId id : block.layers) {
        if (id.index() >= count) {
          report("block {} has a layer that the model does not have", b);
          return false;
        }
        ++seen[id.index()];
        position_[id.index()] = position++;
        block_of_[id.index()] = b;
      }
    }
    bool all = true;
    for (std::size_t i = 0; i < count; ++i) {
      if (seen[i] != 1) {
        report("layer '{}' is scheduled {} times", name(LayerId(i)), seen[i]);
        all = false;
      }
      if (schedule_.layers[i].layer != LayerId(i)) {
        report("entry {} does not describe layer '{}'", i, name(LayerId(i)));
        all = false;
      }
      if (schedule_.layers[i].accelerator > costs_.host()) {
        report("layer '{}' is on an accelerator that the system does not have", name(LayerId(i)));
        all = false;
      }
    }
    return all;
  }

  void recurrences_share_an_accelerator() {
    for (const Block& block : schedule_.blocks) {
      for (const LayerId id : block.layers) {
        if (schedule_.at(id).accelerator != block.accelerator) {
          report("layer '{}' is planned on another accelerator than its block", name(id));
        }
        const Layer& layer = graph_.layer(id);
        const bool stepped =
            layer.recurrence.has_value() && !costs_.batches_over_time(layer, block.accelerator);
        const std::int64_t runs = stepped ? graph_.steps(layer) : 1;
        if (block.runs != runs) {
          report("layer '{}' runs {} times instead of {}", name(id), block.runs, runs);
        }
        if (block.layers.size() > 1 &&
            layer.recurrence != graph_.layer(block.layers.front()).recurrence) {
          report("layer '{}' takes turns with layers outside of its recurrence", name(id));
        }
      }
    }
    std::map<models::RecurrenceId, std::size_t> home;
    for (const Layer& layer : graph_.layers()) {
      if (!layer.recurrence.has_value() || layer.time_batchable) continue;
      const auto [entry, is_new] = home.try_emplace(*layer.recurrence, block_of_[layer.id.index()]);
      if (!is_new && entry->second != block_of_[layer.id.index()]) {
        report("layer '{}' does not run in one block with its recurrence", layer.name);
      }
    }
  }

  void everything_runs_where_it_is() {
    for (const ScheduledLayer& entry : schedule_.layers) {
      const auto& result = costs_.evaluate(entry.layer, entry.accelerator, entry.residency);
      if (const auto* missing = std::get_if<accelerators::Infeasible>(&result)) {
        report("layer '{}' does not run on {}: {}", name(entry.layer),
               costs_.name(entry.accelerator), missing->to_string());
      }
    }
  }

  void order_respects_data() {
    for (const Layer& layer : graph_.layers()) {
      for (const LayerId before : graph_.predecessors(layer.id)) {
        if (position_[before.index()] >= position_[layer.id.index()]) {
          report("layer '{}' is dispatched before '{}', which it reads", layer.name, name(before));
        }
        if (block_of_[before.index()] == block_of_[layer.id.index()]) continue;
        if (earlier(schedule_.at(layer.id).start, schedule_.at(before).end)) {
          report("layer '{}' starts before '{}' ends, which it reads", layer.name, name(before));
        }
      }
    }
  }

  static bool earlier(base::Seconds a, base::Seconds b) {
    return a.value() < b.value() * (1 - kTimeTolerance);
  }

  void times_hold() {
    std::map<AcceleratorId, base::Seconds> busy_until;
    base::Seconds last;
    for (const Block& block : schedule_.blocks) {
      if (block.layers.empty()) continue;
      const ScheduledLayer& first = schedule_.at(block.layers.front());
      base::Seconds least;
      for (const LayerId id : block.layers) {
        const ScheduledLayer& entry = schedule_.at(id);
        if (entry.start != first.start || entry.end != first.end) {
          report("layer '{}' has other times than its block", name(id));
        }
        const auto* evaluation = costs_.find(id, entry.accelerator, entry.residency);
        if (evaluation != nullptr) least += evaluation->cost.time;
      }
      if (earlier(first.end - first.start, least)) {
        report("layer '{}' is planned shorter than it takes", name(first.layer));
      }
      if (earlier(first.start, busy_until[block.accelerator])) {
        report("layer '{}' overlaps the layer before it on {}", name(first.layer),
               costs_.name(block.accelerator));
      }
      if (schedule_.concurrency == Concurrency::kSequence && earlier(first.start, last)) {
        report("layer '{}' starts before the layers before it have ended", name(first.layer));
      }
      busy_until[block.accelerator] = first.end;
      last = std::max(last, first.end);
    }
    if (earlier(schedule_.latency, last) || earlier(last, schedule_.latency)) {
      report("the planned latency is {} s but the last layer ends at {} s",
             schedule_.latency.value(), last.value());
    }
  }

  void residency_is_sound() {
    for (const Layer& layer : graph_.layers()) {
      const ScheduledLayer& entry = schedule_.at(layer.id);
      const std::vector<TensorId> inputs = graph_.activation_inputs(layer);
      for (std::size_t i = 0; i < inputs.size(); ++i) {
        if (!entry.residency.has_input(i)) continue;
        const auto producer = graph_.producer(inputs[i]);
        if (!producer.has_value()) {
          if (!graph_.tensor(inputs[i]).recurrent_state.has_value()) {
            report("layer '{}' finds '{}' on chip, but no layer wrote it", layer.name,
                   graph_.tensor(inputs[i]).name);
          }
          continue;
        }
        if (schedule_.at(*producer).accelerator != entry.accelerator) {
          report("layer '{}' finds '{}' on chip, but it was written on {}", layer.name,
                 graph_.tensor(inputs[i]).name, costs_.name(schedule_.at(*producer).accelerator));
        }
        if (!schedule_.at(*producer).residency.output) {
          report("layer '{}' finds '{}' on chip, but it went to DRAM", layer.name,
                 graph_.tensor(inputs[i]).name);
        }
      }
      if (entry.residency.output) output_stays(layer);
    }
  }

  void output_stays(const Layer& layer) {
    for (const TensorId output : layer.outputs) {
      const std::string& tensor = graph_.tensor(output).name;
      const auto& model_outputs = graph_.outputs();
      if (std::find(model_outputs.begin(), model_outputs.end(), output) != model_outputs.end()) {
        report("'{}' is an output of the model but never written to DRAM", tensor);
      }
      const std::vector<LayerId>& readers = graph_.consumers(output);
      for (const LayerId reader : readers) {
        const std::vector<TensorId> inputs = graph_.activation_inputs(graph_.layer(reader));
        const auto at = static_cast<std::size_t>(std::find(inputs.begin(), inputs.end(), output) -
                                                 inputs.begin());
        if (!schedule_.at(reader).residency.has_input(at)) {
          report("layer '{}' reads '{}' from DRAM, where it never was", name(reader), tensor);
        }
      }
      if (block_of_[layer.id.index()] !=
          block_of_[readers.empty() ? layer.id.index() : readers.back().index()]) {
        readers_are_next(layer, output, readers);
      }
    }
  }

  /// Between the writer and its last reader, nothing but readers may run on the accelerator.
  void readers_are_next(const Layer& layer, TensorId output, const std::vector<LayerId>& readers) {
    const AcceleratorId accelerator = schedule_.at(layer.id).accelerator;
    std::size_t last = 0;
    for (const LayerId reader : readers) last = std::max(last, position_[reader.index()]);
    for (const ScheduledLayer& other : schedule_.layers) {
      const std::size_t at = position_[other.layer.index()];
      if (other.accelerator != accelerator || at <= position_[layer.id.index()] || at >= last)
        continue;
      if (std::find(readers.begin(), readers.end(), other.layer) == readers.end()) {
        report("'{}' stays on {} while '{}', which does not read it, runs there",
               graph_.tensor(output).name, costs_.name(accelerator), name(other.layer));
      }
    }
  }

  /// Layers of one block have their tensors and parameters on chip at the same time.
  void layers_leave_one_another_room() {
    for (const Block& block : schedule_.blocks) {
      std::set<TensorId> on_chip;
      std::size_t holding = 0;
      for (const LayerId id : block.layers) {
        for (const TensorId tensor : on_chip_of(id)) on_chip.insert(tensor);
        const ScheduledLayer& entry = schedule_.at(id);
        const auto* evaluation = costs_.find(id, entry.accelerator, entry.residency);
        if (evaluation != nullptr && evaluation->held_parameters > base::Bytes(0)) ++holding;
      }
      for (const LayerId id : block.layers) {
        base::Bytes others;
        const std::set<TensorId> own = on_chip_of(id);
        for (const TensorId tensor : on_chip) {
          if (own.count(tensor) == 0) others += costs_.tensor_bytes(tensor, block.accelerator);
        }
        if (schedule_.at(id).residency.others != others) {
          report(
              "layer '{}' leaves {} B to tensors of the layers it takes turns with, they have {}",
              name(id), schedule_.at(id).residency.others.value(), others.value());
        }
      }
      if (holding > 0 && holding < block.layers.size()) {
        report("the parameters of layer '{}' and those it takes turns with stay only in part",
               name(block.layers.front()));
      }
    }
  }

  /// Tensors that a layer finds on chip or leaves there.
  [[nodiscard]] std::set<TensorId> on_chip_of(LayerId id) const {
    const LayerResidency& residency = schedule_.at(id).residency;
    const std::vector<TensorId> inputs = graph_.activation_inputs(graph_.layer(id));
    std::set<TensorId> tensors;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (residency.has_input(i)) tensors.insert(inputs[i]);
    }
    const auto& outputs = graph_.layer(id).outputs;
    if (residency.output) tensors.insert(outputs.begin(), outputs.end());
    return tensors;
  }

  void parameters_stay_where_they_fit() {
    const auto& accelerators = costs_.system().accelerators;
    if (schedule_.kept_parameters.size() != accelerators.size()) {
      report("the schedule says for {} accelerators whether parameters stay, the system has {}",
             schedule_.kept_parameters.size(), accelerators.size());
      return;
    }
    std::vector<base::Bytes> needed(accelerators.size());
    for (const ScheduledLayer& entry : schedule_.layers) {
      if (entry.residency.keeps_parameters()) {
        report("layer '{}' finds parameters on chip in the first inference", name(entry.layer));
      }
      if (entry.accelerator == costs_.host()) continue;
      const std::size_t index = entry.accelerator.index();
      needed[index] += costs_.parameter_bytes(graph_.layer(entry.layer), entry.accelerator);
      if (schedule_.kept_parameters[index] == base::Bytes(0)) continue;
      const auto& result =
          costs_.evaluate(entry.layer, entry.accelerator, schedule_.warm_residency(entry.layer));
      if (const auto* missing = std::get_if<accelerators::Infeasible>(&result)) {
        report("layer '{}' does not run on {} beside the parameters that stay: {}",
               name(entry.layer), costs_.name(entry.accelerator), missing->to_string());
      }
    }
    for (std::size_t a = 0; a < accelerators.size(); ++a) {
      const base::Bytes kept = schedule_.kept_parameters[a];
      if (kept == base::Bytes(0)) continue;
      if (!accelerators[a].keeps_parameters) {
        report("parameters stay on {}, which does not keep them", accelerators[a].name);
      }
      if (kept != needed[a]) {
        report("{} B of parameters stay on {}, its layers have {} B", kept.value(),
               accelerators[a].name, needed[a].value());
      }
      if (kept > accelerators[a].parameter_capacity()) {
        report("{} B of parameters stay on {}, which has room for {} B", kept.value(),
               accelerators[a].name, accelerators[a].parameter_capacity().value());
      }
    }
  }

  void transfers_are_listed() {
    std::set<std::tuple<TensorId, AcceleratorId, AcceleratorId>> listed;
    for (const Transfer& transfer : schedule_.transfers) {
      if (!listed.insert({transfer.tensor, transfer.from, transfer.to}).second) {
        report("the transfer of '{}' is listed twice", graph_.tensor(transfer.tensor).name);
      }
    }
    std::set<std::tuple<TensorId, AcceleratorId, AcceleratorId>> needed;
    for (const models::Tensor& tensor : graph_.tensors()) {
      const auto producer = graph_.producer(tensor.id);
      if (!producer.has_value()) continue;
      const AcceleratorId from = schedule_.at(*producer).accelerator;
      for (const LayerId reader : graph_.consumers(tensor.id)) {
        const AcceleratorId to = schedule_.at(reader).accelerator;
        if (to != from) needed.insert({tensor.id, from, to});
      }
    }
    for (const auto& [tensor, from, to] : needed) {
      if (listed.count({tensor, from, to}) == 0) {
        report("the transfer of '{}' from {} to {} is missing", graph_.tensor(tensor).name,
               costs_.name(from), costs_.name(to));
      }
    }
    for (const auto& [tensor, from, to] : listed) {
      if (needed.count({tensor, from, to}) == 0) {
        report("a transfer of '{}' is listed that nothing needs", graph_.tensor(tensor).name);
      }
    }
  }

  const models::Graph& graph_;
  CostTable& costs_;
  const Schedule& schedule_;
  std::vector<std::size_t> position_;
  std::vector<std::size_t> block_of_;
  std::vector<std::string> found_;
};

}  // namespace

std::vector<std::string> violations(const SchedulingProblem& problem, const Schedule& schedule) {
  return Verifier(problem, schedule).run();
}

void verify(const SchedulingProblem& problem, const Schedule& schedule) {
  const std::vector<std::string> found = violations(problem, schedule);
  if (found.empty()) return;
  throw std::logic_error(fmt::format("the schedule of policy {} is not valid:\n  {}",
                                     schedule.policy, fmt::join(found, "\n  ")));
}

}  // namespace mensa::scheduler
