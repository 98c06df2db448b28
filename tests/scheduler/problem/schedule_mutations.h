#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "scheduler/problem/schedule.h"

namespace mensa::scheduler::test {

/// Told of every mutant, with words that one of its violations must have in it.
using Attempt = std::function<void(const Schedule& mutant, const std::string& reason)>;

/// Where a schedule stands, and what reads what in it.
class ScheduleIndex {
 public:
  ScheduleIndex(const SchedulingProblem& of, const Schedule& schedule)
      : problem(of), graph(of.graph()), costs(of.costs()), valid(schedule) {
    block_of.resize(graph.layers().size());
    for (std::size_t b = 0; b < valid.blocks.size(); ++b) {
      for (const models::LayerId id : valid.blocks[b].layers) block_of[id.index()] = b;
    }
    for (std::size_t a = 0; a <= costs.host().index(); ++a) all.emplace_back(a);
  }

  [[nodiscard]] std::size_t block(models::LayerId id) const { return block_of[id.index()]; }
  [[nodiscard]] AcceleratorId home(models::LayerId id) const { return valid.at(id).accelerator; }
  /// Whether some layer there reads a tensor that was written elsewhere.
  [[nodiscard]] bool is_read_on(models::TensorId tensor, AcceleratorId accelerator) const {
    for (const models::LayerId reader : graph.consumers(tensor)) {
      if (home(reader) == accelerator) return true;
    }
    return false;
  }
  /// The block before, or after, on the same accelerator; the number of blocks where there is none.
  [[nodiscard]] std::size_t neighbour(std::size_t block, int direction) const {
    for (std::size_t b = block + static_cast<std::size_t>(direction); b < valid.blocks.size();
         b += static_cast<std::size_t>(direction)) {
      if (valid.blocks[b].accelerator == valid.blocks[block].accelerator) return b;
    }
    return valid.blocks.size();
  }

  const SchedulingProblem& problem;
  const models::Graph& graph;
  CostTable& costs;
  const Schedule& valid;
  std::vector<std::size_t> block_of;  ///< by layer
  std::vector<AcceleratorId> all;     ///< with the host
};

inline void set_times(Schedule& schedule, const Block& block, base::Seconds start,
                      base::Seconds end) {
  for (const models::LayerId id : block.layers) {
    schedule.layers[id.index()].start = start;
    schedule.layers[id.index()].end = end;
  }
}

inline void move_to(Schedule& schedule, std::size_t block, AcceleratorId accelerator) {
  schedule.blocks[block].accelerator = accelerator;
  for (const models::LayerId id : schedule.blocks[block].layers) {
    schedule.layers[id.index()].accelerator = accelerator;
  }
}

inline void wrong_order(const ScheduleIndex& at, const Attempt& attempt) {
  for (const models::Layer& layer : at.graph.layers()) {
    for (const models::LayerId before : at.graph.predecessors(layer.id)) {
      Schedule mutant = at.valid;
      auto& own = mutant.blocks[at.block(layer.id)].layers;
      if (at.block(before) == at.block(layer.id)) {
        std::iter_swap(std::find(own.begin(), own.end(), before),
                       std::find(own.begin(), own.end(), layer.id));
      } else {
        std::swap(mutant.blocks[at.block(before)], mutant.blocks[at.block(layer.id)]);
      }
      attempt(mutant, "layer '" + layer.name + "' is dispatched before '" +
                          at.graph.layer(before).name + "', which it reads");
    }
  }
}

inline void where_it_cannot_run(const ScheduleIndex& at, const Attempt& attempt) {
  for (const ScheduledLayer& entry : at.valid.layers) {
    for (const AcceleratorId there : at.all) {
      if (at.costs.find(entry.layer, there, entry.residency) != nullptr) continue;
      Schedule mutant = at.valid;
      move_to(mutant, at.block(entry.layer), there);
      attempt(mutant, "layer '" + at.graph.layer(entry.layer).name + "' does not run on " +
                          at.costs.name(there));
    }
  }
}

inline void elsewhere_than_its_block(const ScheduleIndex& at, const Attempt& attempt) {
  for (const ScheduledLayer& entry : at.valid.layers) {
    const std::string reason = "layer '" + at.graph.layer(entry.layer).name +
                               "' is planned on another accelerator than its block";
    for (const AcceleratorId there : at.all) {
      if (there == entry.accelerator) continue;
      Schedule mutant = at.valid;
      mutant.layers[entry.layer.index()].accelerator = there;
      attempt(mutant, reason);
      mutant = at.valid;
      mutant.blocks[at.block(entry.layer)].accelerator = there;
      attempt(mutant, reason);
    }
    Schedule mutant = at.valid;
    mutant.layers[entry.layer.index()].accelerator = AcceleratorId(at.all.size());
    attempt(mutant, "an accelerator that the system does not have");
    mutant = at.valid;
    move_to(mutant, at.block(entry.layer), AcceleratorId(at.all.size()));
    attempt(mutant, "an accelerator that the system does not have");
  }
}

/// Left as valid as can be but for where it runs: its times are those that it takes there.
inline void on_another_accelerator(const ScheduleIndex& at, const Attempt& attempt) {
  for (std::size_t b = 0; b < at.valid.blocks.size(); ++b) {
    const Block& block = at.valid.blocks[b];
    for (const AcceleratorId there : at.all) {
      bool moves_data = false;
      for (const models::LayerId id : block.layers) {
        for (const models::LayerId other : at.graph.predecessors(id)) {
          moves_data = moves_data || at.block(other) != b;
        }
      }
      if (there == block.accelerator || !moves_data) continue;
      Schedule mutant = at.valid;
      move_to(mutant, b, there);
      attempt(mutant, "");  // transfers, residency or times, by what it reads and is read by
    }
  }
}

inline void layers_missing_or_twice(const ScheduleIndex& at, const Attempt& attempt) {
  for (const models::Layer& layer : at.graph.layers()) {
    const std::string reason = "layer '" + layer.name + "' is scheduled ";
    const std::size_t b = at.block(layer.id);
    Schedule mutant = at.valid;
    auto& own = mutant.blocks[b].layers;
    own.erase(std::find(own.begin(), own.end(), layer.id));
    attempt(mutant, reason + "0 times");
    if (own.empty()) {
      mutant.blocks.erase(mutant.blocks.begin() + static_cast<std::ptrdiff_t>(b));
      attempt(mutant, reason + "0 times");
    }
    for (std::size_t other = 0; other < at.valid.blocks.size(); other += 1 + other / 4) {
      mutant = at.valid;
      mutant.blocks[other].layers.push_back(layer.id);
      attempt(mutant, reason + "2 times");
    }
    mutant = at.valid;
    mutant.blocks.push_back({at.home(layer.id), {layer.id}, 1});
    attempt(mutant, reason + "2 times");
    mutant = at.valid;
    mutant.blocks[b].layers.emplace_back(at.graph.layers().size());
    attempt(mutant, "has a layer that the model does not have");
    mutant = at.valid;
    mutant.layers[layer.id.index()].layer = models::LayerId(layer.id.index() + 1);
    attempt(mutant, "does not describe layer '" + layer.name + "'");
  }
  Schedule mutant = at.valid;
  mutant.layers.pop_back();
  attempt(mutant, "layers, the model ");
  for (std::size_t b = 0; b <= at.valid.blocks.size(); ++b) {
    mutant = at.valid;
    mutant.blocks.insert(mutant.blocks.begin() + static_cast<std::ptrdiff_t>(b),
                         {AcceleratorId(0), {}, 1});
    attempt(mutant, "has no layers");
  }
}

inline void transfers_missing_or_wrong(const ScheduleIndex& at, const Attempt& attempt) {
  for (std::size_t t = 0; t < at.valid.transfers.size(); ++t) {
    const Transfer& transfer = at.valid.transfers[t];
    const auto place = static_cast<std::ptrdiff_t>(t);
    Schedule mutant = at.valid;
    mutant.transfers.erase(mutant.transfers.begin() + place);
    attempt(mutant, "is missing");
    mutant = at.valid;
    mutant.transfers.insert(mutant.transfers.begin() + place, transfer);
    attempt(mutant, "is listed twice");
    for (const std::int64_t change : {-1, 1}) {
      mutant = at.valid;
      mutant.transfers[t].bytes += base::Bytes(change);
      attempt(mutant, "B, the tensor has");
    }
    for (const AcceleratorId other : at.all) {
      if (!at.is_read_on(transfer.tensor, other) || other == transfer.from) {
        mutant = at.valid;
        mutant.transfers[t].to = other;
        attempt(mutant, "is listed that nothing needs");
        attempt(mutant, "is missing");
      }
      if (other == transfer.from) continue;
      mutant = at.valid;
      mutant.transfers[t].from = other;
      attempt(mutant, "is listed that nothing needs");
    }
    mutant = at.valid;
    mutant.transfers[t].tensor = models::TensorId(at.graph.tensors().size());
    attempt(mutant, "of a tensor that the model does not have");
    if (t == 0) continue;
    mutant = at.valid;
    std::swap(mutant.transfers[t], mutant.transfers[t - 1]);
    attempt(mutant, "is listed out of its order");
  }
}

inline void transfers_that_nothing_needs(const ScheduleIndex& at, const Attempt& attempt) {
  for (const models::Tensor& tensor : at.graph.tensors()) {
    const auto producer = at.graph.producer(tensor.id);
    const AcceleratorId from = producer ? at.home(*producer) : AcceleratorId(0);
    for (const AcceleratorId to : at.all) {
      if (producer && to != from && at.is_read_on(tensor.id, to)) continue;
      Schedule mutant = at.valid;
      mutant.transfers.push_back({tensor.id, from, to, at.costs.tensor_bytes(tensor.id, from)});
      attempt(mutant, "a transfer of '" + tensor.name + "' is listed that nothing needs");
    }
  }
}

inline void starts_too_early_or_late(const ScheduleIndex& at, const Attempt& attempt) {
  const bool in_sequence = at.valid.concurrency == Concurrency::kSequence;
  for (std::size_t b = 0; b < at.valid.blocks.size(); ++b) {
    const Block& block = at.valid.blocks[b];
    const ScheduledLayer& first = at.valid.at(block.layers.front());
    const base::Seconds length = first.end - first.start;
    const auto start_at = [&](base::Seconds start, const std::string& reason) {
      Schedule mutant = at.valid;
      set_times(mutant, block, start, start + length);
      attempt(mutant, reason);
    };
    // Half into the block before: a start that no rounding explains.
    const auto half = [&](std::size_t other) {
      const ScheduledLayer& entry = at.valid.at(at.valid.blocks[other].layers.front());
      return entry.start + (entry.end - entry.start) * 0.5;
    };
    const std::string name = "layer '" + at.graph.layer(first.layer).name + "'";
    const std::size_t before = at.neighbour(b, -1);
    if (before < at.valid.blocks.size()) {
      start_at(half(before),
               name + " overlaps the layer before it on " + at.costs.name(block.accelerator));
    }
    if (in_sequence && b > 0) {
      start_at(half(b - 1), name + " starts before the layers before it have ended");
    }
    for (const models::LayerId id : block.layers) {
      for (const models::LayerId read : at.graph.predecessors(id)) {
        if (at.block(read) == b) continue;
        start_at(half(at.block(read)), "layer '" + at.graph.layer(id).name + "' starts before '" +
                                           at.graph.layer(read).name + "' ends, which it reads");
      }
    }
    start_at(first.start + at.valid.latency * 1e-6, name + " starts later than it could");
    start_at(first.start - at.valid.latency * 2, "overlaps the layer before it");
  }
}

inline void lasts_wrongly(const ScheduleIndex& at, const Attempt& attempt) {
  for (const Block& block : at.valid.blocks) {
    const ScheduledLayer& first = at.valid.at(block.layers.front());
    const std::string name = "layer '" + at.graph.layer(first.layer).name + "'";
    const auto last_for = [&](base::Seconds length, const std::string& reason) {
      Schedule mutant = at.valid;
      set_times(mutant, block, first.start, first.start + length);
      attempt(mutant, reason);
    };
    const base::Seconds length = first.end - first.start;
    last_for(length * 0.999, name + " is planned shorter than it takes");
    last_for(base::Seconds(0), name + " is planned shorter than it takes");
    last_for(length * 1.001, name + " is planned longer than it takes");
    if (block.accelerator != at.costs.host()) {
      const base::Seconds launch =
          at.problem.system().accelerator(block.accelerator).launch_overhead;
      if (launch > base::Seconds(0)) {
        last_for(length - launch, name + " is planned shorter than it takes");
      }
    }
    for (const models::LayerId id : block.layers) {
      for (const double wrong : {std::nan(""), HUGE_VAL, -HUGE_VAL}) {
        Schedule mutant = at.valid;
        mutant.layers[id.index()].end = base::Seconds(wrong);
        attempt(mutant, "layer '" + at.graph.layer(id).name + "' is planned from");
        mutant = at.valid;
        mutant.layers[id.index()].start = base::Seconds(wrong);
        attempt(mutant, "layer '" + at.graph.layer(id).name + "' is planned from");
      }
      if (id == first.layer) continue;
      Schedule mutant = at.valid;
      mutant.layers[id.index()].end = first.end * 1.5;
      attempt(mutant, "layer '" + at.graph.layer(id).name + "' has other times than its block");
    }
  }
  for (const double factor : {0.0, 0.999, 1.001, 2.0, std::nan(""), HUGE_VAL}) {
    Schedule mutant = at.valid;
    mutant.latency = at.valid.latency * factor;
    attempt(mutant, "the planned latency is");
  }
}

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

inline void wrong_runs(const ScheduleIndex& at, const Attempt& attempt) {
  for (std::size_t b = 0; b < at.valid.blocks.size(); ++b) {
    const std::int64_t runs = at.valid.blocks[b].runs;
    for (const std::int64_t wrong : {runs + 1, runs - 1, -runs, std::int64_t{1}}) {
      if (wrong == runs) continue;
      Schedule mutant = at.valid;
      mutant.blocks[b].runs = wrong;
      attempt(mutant, "runs " + std::to_string(wrong) + " times instead of");
    }
  }
}

inline void blocks_torn_apart(const ScheduleIndex& at, const Attempt& attempt) {
  for (std::size_t b = 0; b < at.valid.blocks.size(); ++b) {
    const Block& block = at.valid.blocks[b];
    for (std::size_t first = 1; first < block.layers.size(); ++first) {
      Schedule mutant = at.valid;
      Block rest = block;
      const auto split = static_cast<std::ptrdiff_t>(first);
      rest.layers.erase(rest.layers.begin(), rest.layers.begin() + split);
      mutant.blocks[b].layers.resize(first);
      mutant.blocks.insert(mutant.blocks.begin() + static_cast<std::ptrdiff_t>(b) + 1, rest);
      attempt(mutant, "overlaps the layer before it");
      if (at.graph.layer(block.layers[first - 1]).time_batchable) continue;
      attempt(mutant, "does not run in one block with its recurrence");
    }
  }
}

/// Two blocks in a row become one, which takes as long as both without one of the launches.
inline void blocks_put_together(const ScheduleIndex& at, const Attempt& attempt) {
  for (std::size_t b = 0; b + 1 < at.valid.blocks.size(); ++b) {
    const Block& next = at.valid.blocks[b + 1];
    if (next.accelerator != at.valid.blocks[b].accelerator) continue;
    Schedule mutant = at.valid;
    Block& both = mutant.blocks[b];
    both.layers.insert(both.layers.end(), next.layers.begin(), next.layers.end());
    base::Seconds end = at.valid.at(next.layers.front()).end;
    if (both.accelerator != at.costs.host()) {
      end -= at.problem.system().accelerator(both.accelerator).launch_overhead;
    }
    set_times(mutant, both, at.valid.at(both.layers.front()).start, end);
    mutant.blocks.erase(mutant.blocks.begin() + static_cast<std::ptrdiff_t>(b) + 1);
    attempt(mutant, "takes turns with layers outside of its recurrence");
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

inline void other_concurrency(const ScheduleIndex& at, const Attempt& attempt) {
  Schedule mutant = at.valid;
  mutant.concurrency = at.valid.concurrency == Concurrency::kSequence ? Concurrency::kLayers
                                                                      : Concurrency::kSequence;
  attempt(mutant, "the schedule is for concurrency");
}

struct MutationKind {
  const char* name;
  void (*mutate)(const ScheduleIndex&, const Attempt&);
};

/// Everything that can be wrong in one place.
inline constexpr MutationKind kMutationKinds[] = {
    {"wrong_order", wrong_order},
    {"where_it_cannot_run", where_it_cannot_run},
    {"elsewhere_than_its_block", elsewhere_than_its_block},
    {"on_another_accelerator", on_another_accelerator},
    {"layers_missing_or_twice", layers_missing_or_twice},
    {"transfers_missing_or_wrong", transfers_missing_or_wrong},
    {"transfers_that_nothing_needs", transfers_that_nothing_needs},
    {"starts_too_early_or_late", starts_too_early_or_late},
    {"lasts_wrongly", lasts_wrongly},
    {"inputs_that_are_not_there", inputs_that_are_not_there},
    {"only_one_side_keeps", only_one_side_keeps},
    {"kept_under_strangers", kept_under_strangers},
    {"wrong_runs", wrong_runs},
    {"blocks_torn_apart", blocks_torn_apart},
    {"blocks_put_together", blocks_put_together},
    {"parameters_that_cannot_stay", parameters_that_cannot_stay},
    {"room_for_others", room_for_others},
    {"other_concurrency", other_concurrency},
};

}  // namespace mensa::scheduler::test
