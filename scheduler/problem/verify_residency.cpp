#include <algorithm>
#include <set>

#include "scheduler/problem/verification.h"

namespace mensa::scheduler {

using models::Layer;
using models::LayerId;
using models::TensorId;

namespace {

class ResidencyCheck {
 public:
  explicit ResidencyCheck(Verification& verification)
      : verification_(verification),
        graph_(verification.graph()),
        costs_(verification.costs()),
        schedule_(verification.schedule()) {}

  void run() {
    for (const Layer& layer : graph_.layers()) {
      inputs_were_left(layer);
      if (schedule_.at(layer.id).residency.output) output_stays(layer);
    }
    for (const Block& block : schedule_.blocks) {
      layers_leave_one_another_room(block);
      parameters_come_at_steps(block);
    }
  }

 private:
  void inputs_were_left(const Layer& layer) {
    const ScheduledLayer& entry = schedule_.at(layer.id);
    const std::vector<TensorId> inputs = graph_.activation_inputs(layer);
    if (inputs.size() < LayerResidency::kMostInputs &&
        entry.residency.inputs >> inputs.size() != 0) {
      verification_.report("layer '{}' finds more inputs on chip than the {} that it has",
                           layer.name, inputs.size());
    }
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (entry.residency.has_input(i)) input_was_left(entry, inputs[i]);
    }
  }

  void input_was_left(const ScheduledLayer& reader, TensorId input) {
    const std::string& layer = verification_.name(reader.layer);
    const std::string& tensor = verification_.name(input);
    const auto producer = graph_.producer(input);
    if (!producer.has_value()) {
      if (!graph_.tensor(input).recurrent_state.has_value()) {
        verification_.report("layer '{}' finds '{}' on chip, but no layer wrote it", layer, tensor);
      } else if (graph_.tensor(input).per_step_of != graph_.layer(reader.layer).recurrence) {
        verification_.report("layer '{}' finds '{}' on chip, but is no part of its recurrence",
                             layer, tensor);
      }
      return;
    }
    const ScheduledLayer& writer = schedule_.at(*producer);
    if (writer.accelerator != reader.accelerator) {
      verification_.report("layer '{}' finds '{}' on chip, but it was written on {}", layer, tensor,
                           costs_.name(writer.accelerator));
    }
    if (!writer.residency.output) {
      verification_.report("layer '{}' finds '{}' on chip, but it went to DRAM", layer, tensor);
    }
  }

  void output_stays(const Layer& layer) {
    for (const TensorId output : layer.outputs) {
      const auto& model_outputs = graph_.outputs();
      if (std::find(model_outputs.begin(), model_outputs.end(), output) != model_outputs.end()) {
        verification_.report("'{}' is an output of the model but never written to DRAM",
                             verification_.name(output));
      }
      bool leaves_block = false;
      for (const LayerId reader : graph_.consumers(output)) {
        const std::vector<TensorId> inputs = graph_.activation_inputs(graph_.layer(reader));
        const auto at = static_cast<std::size_t>(std::find(inputs.begin(), inputs.end(), output) -
                                                 inputs.begin());
        if (at == inputs.size() || !schedule_.at(reader).residency.has_input(at)) {
          verification_.report("layer '{}' reads '{}' from DRAM, where it never was",
                               verification_.name(reader), verification_.name(output));
        }
        leaves_block =
            leaves_block || verification_.block_of(reader) != verification_.block_of(layer.id);
      }
      if (leaves_block) readers_are_next(layer, output);
    }
  }

  /// Between the writer and its last reader, nothing but readers may run on the accelerator.
  void readers_are_next(const Layer& layer, TensorId output) {
    const AcceleratorId accelerator = schedule_.at(layer.id).accelerator;
    const std::vector<LayerId>& readers = graph_.consumers(output);
    std::size_t last = 0;
    for (const LayerId reader : readers) last = std::max(last, verification_.position(reader));
    for (const ScheduledLayer& other : schedule_.layers) {
      const std::size_t at = verification_.position(other.layer);
      if (other.accelerator != accelerator || at <= verification_.position(layer.id) ||
          at >= last || std::find(readers.begin(), readers.end(), other.layer) != readers.end()) {
        continue;
      }
      verification_.report("'{}' stays on {} while '{}', which does not read it, runs there",
                           verification_.name(output), costs_.name(accelerator),
                           verification_.name(other.layer));
    }
  }

  /// Layers of one block have their tensors and parameters on chip at the same time.
  void layers_leave_one_another_room(const Block& block) {
    std::set<TensorId> on_chip;
    std::size_t holding = 0;
    for (const LayerId id : block.layers) {
      on_chip.merge(on_chip_of(id));
      const ScheduledLayer& entry = schedule_.at(id);
      const auto* found = costs_.find(id, entry.accelerator, entry.residency);
      if (found != nullptr && found->held_parameters > base::Bytes(0)) ++holding;
    }
    for (const LayerId id : block.layers) {
      base::Bytes others;
      const std::set<TensorId> own = on_chip_of(id);
      for (const TensorId tensor : on_chip) {
        if (own.count(tensor) == 0) others += costs_.tensor_bytes(tensor, block.accelerator);
      }
      if (schedule_.at(id).residency.others == others) continue;
      verification_.report(
          "layer '{}' leaves {} B to tensors of the layers it takes turns with, they have {}",
          verification_.name(id), schedule_.at(id).residency.others.value(), others.value());
    }
    if (holding > 0 && holding < block.layers.size()) {
      verification_.report(
          "the parameters of layer '{}' and those it takes turns with stay only in part",
          verification_.name(block.layers.front()));
    }
  }

  void parameters_come_at_steps(const Block& block) {
    if (block.runs > 1 && block.accelerator != costs_.host()) return;
    for (const LayerId id : block.layers) {
      if (!schedule_.at(id).residency.refetches_parameters) continue;
      verification_.report(
          "layer '{}' is said to fetch its parameters at every step, of which "
          "there are none",
          verification_.name(id));
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

  Verification& verification_;
  const models::Graph& graph_;
  CostTable& costs_;
  const Schedule& schedule_;
};

}  // namespace

void verify_residency(Verification& verification) { ResidencyCheck(verification).run(); }

}  // namespace mensa::scheduler
