#pragma once

#include <algorithm>
#include <string>
#include <utility>

#include "tests/scheduler/problem/mutations/schedule_index.h"

namespace mensa::scheduler::test {

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

/// Block and layers agree on where they run; transfers, residency or times do not, by what they
/// read.
inline void on_another_accelerator(const ScheduleIndex& at, const Attempt& attempt) {
  for (std::size_t b = 0; b < at.valid.blocks.size(); ++b) {
    const Block& block = at.valid.blocks[b];
    for (const AcceleratorId there : at.all) {
      bool reads_others = false;
      for (const models::LayerId id : block.layers) {
        for (const models::LayerId other : at.graph.predecessors(id)) {
          reads_others = reads_others || at.block(other) != b;
        }
      }
      if (there == block.accelerator || !reads_others) continue;
      Schedule mutant = at.valid;
      move_to(mutant, b, there);
      attempt(mutant, "");  // any reason
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

inline void other_concurrency(const ScheduleIndex& at, const Attempt& attempt) {
  Schedule mutant = at.valid;
  mutant.concurrency = at.valid.concurrency == Concurrency::kSequence ? Concurrency::kLayers
                                                                      : Concurrency::kSequence;
  attempt(mutant, "the schedule is for concurrency");
}

}  // namespace mensa::scheduler::test
