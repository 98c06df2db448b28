#pragma once

#include <algorithm>
#include <string>

#include "tests/scheduler/problem/mutations/schedule_index.h"

namespace mensa::scheduler::test {

inline void inputs_that_are_not_there(const ScheduleIndex& at, const Attempt& attempt) {
  for (const models::Layer& layer : at.graph.layers()) {
    const auto inputs = at.graph.activation_inputs(layer);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (at.valid.at(layer.id).residency.has_input(i)) continue;
      const auto producer = at.graph.producer(inputs[i]);
      Schedule mutant = at.valid;
      mutant.layers[layer.id.index()].residency.add_input(i);
      const std::string reason = "layer '" + layer.name + "' finds '" +
                                 at.graph.tensor(inputs[i]).name + "' on chip, but ";
      if (!producer) {
        if (at.graph.tensor(inputs[i]).recurrent_state) continue;  // a room check, if any
        attempt(mutant, reason + "no layer wrote it");
        continue;
      }
      attempt(mutant, reason + "it went to DRAM");
      if (at.home(*producer) == at.home(layer.id)) continue;
      attempt(mutant, reason + "it was written on");
    }
    Schedule mutant = at.valid;
    mutant.layers[layer.id.index()].residency.add_input(inputs.size());
    attempt(mutant, "layer '" + layer.name + "' finds more inputs on chip than");
  }
}

inline void only_one_side_keeps(const ScheduleIndex& at, const Attempt& attempt) {
  for (const models::Layer& layer : at.graph.layers()) {
    const bool stays = at.valid.at(layer.id).residency.output;
    Schedule without = at.valid;
    without.layers[layer.id.index()].residency.output = !stays;
    for (const models::TensorId output : layer.outputs) {
      const std::string& tensor = at.graph.tensor(output).name;
      const auto& outputs = at.graph.outputs();
      if (std::find(outputs.begin(), outputs.end(), output) != outputs.end()) {
        attempt(without, "'" + tensor + "' is an output of the model but never written to DRAM");
      }
      for (const models::LayerId reader : at.graph.consumers(output)) {
        const std::string& name = at.graph.layer(reader).name;
        if (!stays) {
          attempt(without, "layer '" + name + "' reads '" + tensor + "' from DRAM, where it never");
          continue;
        }
        attempt(without, "layer '" + name + "' finds '" + tensor + "' on chip, but it went to");
        const auto inputs = at.graph.activation_inputs(at.graph.layer(reader));
        Schedule mutant = at.valid;
        mutant.layers[reader.index()].residency.drop_input(static_cast<std::size_t>(
            std::find(inputs.begin(), inputs.end(), output) - inputs.begin()));
        attempt(mutant,
                "layer '" + name + "' reads '" + tensor + "' from DRAM, where it never was");
      }
    }
  }
}

/// Writer and readers agree, but others run between them.
inline void kept_under_strangers(const ScheduleIndex& at, const Attempt& attempt) {
  for (const models::Layer& layer : at.graph.layers()) {
    if (layer.outputs.size() != 1) continue;
    const models::TensorId output = layer.outputs.front();
    const auto& readers = at.graph.consumers(output);
    const std::string reason = "'" + at.graph.tensor(output).name + "' stays on ";
    Schedule mutant = at.valid;
    mutant.layers[layer.id.index()].residency.output = true;
    std::size_t last = at.block(layer.id);
    bool together = !readers.empty();
    for (const models::LayerId reader : readers) {
      const auto inputs = at.graph.activation_inputs(at.graph.layer(reader));
      const auto place = std::find(inputs.begin(), inputs.end(), output);
      together = together && at.home(reader) == at.home(layer.id) && place != inputs.end();
      if (!together) break;
      mutant.layers[reader.index()].residency.add_input(
          static_cast<std::size_t>(place - inputs.begin()));
      last = std::max(last, at.block(reader));
    }
    if (!together || last == at.block(layer.id)) continue;
    bool strangers = false;
    for (std::size_t b = at.block(layer.id) + 1; b < last; ++b) {
      const models::LayerId id = at.valid.blocks[b].layers.front();
      strangers = strangers || (at.home(id) == at.home(layer.id) &&
                                std::find(readers.begin(), readers.end(), id) == readers.end());
    }
    if (strangers) attempt(mutant, reason);
    if (!at.valid.at(layer.id).residency.output) continue;
    // It stays in the valid one too: the next block is drawn between writer and readers.
    const std::size_t next = at.neighbour(last, 1);
    if (next == at.valid.blocks.size()) continue;
    mutant = at.valid;
    const Block stranger = mutant.blocks[next];
    mutant.blocks.erase(mutant.blocks.begin() + static_cast<std::ptrdiff_t>(next));
    mutant.blocks.insert(
        mutant.blocks.begin() + static_cast<std::ptrdiff_t>(at.block(layer.id)) + 1, stranger);
    attempt(mutant, reason);
  }
}

inline void parameters_that_cannot_stay(const ScheduleIndex& at, const Attempt& attempt) {
  const auto& accelerators = at.problem.system().accelerators;
  for (std::size_t a = 0; a < accelerators.size(); ++a) {
    const auto keep = [&](base::Bytes bytes, const std::string& reason) {
      Schedule mutant = at.valid;
      mutant.kept_parameters[a] = bytes;
      attempt(mutant, reason);
    };
    const base::Bytes kept = at.valid.kept_parameters[a];
    const base::Bytes room = accelerators[a].parameter_capacity();
    keep(room + base::Bytes(1), "which has room for");
    keep(kept + base::Bytes(1), "B of parameters stay on " + accelerators[a].name);
    keep(kept - base::Bytes(1), "B of parameters stay on " + accelerators[a].name);
    if (!accelerators[a].keeps_parameters) {
      base::Bytes needed;
      for (const ScheduledLayer& entry : at.valid.layers) {
        if (entry.accelerator != accelerators[a].id) continue;
        needed += at.costs.parameter_bytes(at.graph.layer(entry.layer), entry.accelerator);
      }
      if (needed > base::Bytes(0)) keep(needed, "which does not keep them");
    }
  }
  Schedule mutant = at.valid;
  mutant.kept_parameters.pop_back();
  attempt(mutant, "whether parameters stay");
  for (const ScheduledLayer& entry : at.valid.layers) {
    for (const std::int64_t bytes : {64, -64}) {
      mutant = at.valid;
      mutant.layers[entry.layer.index()].residency.kept_parameters = base::Bytes(bytes);
      attempt(mutant, "finds parameters on chip in the first inference");
    }
  }
}

inline void room_for_others(const ScheduleIndex& at, const Attempt& attempt) {
  for (const ScheduledLayer& entry : at.valid.layers) {
    const std::string name = "layer '" + at.graph.layer(entry.layer).name + "'";
    for (const std::int64_t change : {-1, 1}) {
      Schedule mutant = at.valid;
      mutant.layers[entry.layer.index()].residency.others += base::Bytes(change);
      attempt(mutant, name + " leaves ");
    }
    const Block& block = at.valid.blocks[at.block(entry.layer)];
    if (block.runs > 1) continue;
    Schedule mutant = at.valid;
    mutant.layers[entry.layer.index()].residency.refetches_parameters = true;
    attempt(mutant, name + " is said to fetch its parameters at every step");
  }
}

}  // namespace mensa::scheduler::test
