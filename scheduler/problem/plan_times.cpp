#include "scheduler/problem/plan_times.h"

#include <algorithm>
#include <map>

namespace mensa::scheduler {

using models::LayerId;

void plan_times(const models::Graph& graph, const accelerators::System& system,
                const std::vector<base::Seconds>& times, Schedule& schedule) {
  const AcceleratorId host(system.accelerators.size());
  schedule.latency = base::Seconds(0);
  std::map<AcceleratorId, base::Seconds> free_at;
  for (const Block& block : schedule.blocks) {
    base::Seconds start = schedule.concurrency == Concurrency::kSequence
                              ? schedule.latency
                              : free_at[block.accelerator];
    base::Seconds length;
    for (const LayerId id : block.layers) {
      for (const LayerId before : graph.predecessors(id)) {
        const auto& layers = block.layers;
        if (std::find(layers.begin(), layers.end(), before) != layers.end()) continue;
        start = std::max(start, schedule.layers[before.index()].end);
      }
      length += times[id.index()];
    }
    if (block.accelerator != host) length += system.accelerator(block.accelerator).launch_overhead;
    for (const LayerId id : block.layers) {
      schedule.layers[id.index()].start = start;
      schedule.layers[id.index()].end = start + length;
    }
    free_at[block.accelerator] = start + length;
    schedule.latency = std::max(schedule.latency, start + length);
  }
}

}  // namespace mensa::scheduler
