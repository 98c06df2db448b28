#pragma once

#include <cmath>
#include <string>

#include "tests/scheduler/problem/mutations/schedule_index.h"

namespace mensa::scheduler::test {

inline void set_times(Schedule& schedule, const Block& block, base::Seconds start,
                      base::Seconds end) {
  for (const models::LayerId id : block.layers) {
    schedule.layers[id.index()].start = start;
    schedule.layers[id.index()].end = end;
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

}  // namespace mensa::scheduler::test
