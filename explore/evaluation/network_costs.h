#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "accelerators/cost/mapping_cache.h"
#include "accelerators/precision/layer_formats.h"
#include "models/graph/graph.h"
#include "scheduler/policies/policy.h"
#include "scheduler/problem/concurrency.h"

namespace mensa::explore {

/// How networks are scheduled, the same for all systems.
struct SchedulingRules {
  std::shared_ptr<const scheduler::Policy> policy;
  std::string policy_name;
  accelerators::Objective objective = accelerators::Objective::kEdp;
  accelerators::MapperOptions mapper;
  scheduler::Concurrency concurrency = scheduler::Concurrency::kSequence;
};

/// What an accelerator (or the host) does in one inference.
struct AcceleratorShare {
  base::Seconds busy;
  std::int64_t layers = 0;
  std::int64_t macs = 0;
  base::Picojoules energy;  ///< static energy of the whole system meanwhile included
};

/// One inference of a network on a system, by the analytic model.
struct NetworkCosts {
  base::Seconds latency;
  base::Seconds interval;  ///< from one inference to the next
  base::Picojoules energy;
  base::Bytes dram;                      ///< read and written
  std::vector<AcceleratorShare> shares;  ///< by AcceleratorId, the host last
};

/// Schedules a network and verifies the schedule. base::Error where some layer runs nowhere, or the
/// policy does not go with the system.
[[nodiscard]] NetworkCosts network_costs(
    const models::Graph& graph, const accelerators::LayerPrecisions& precisions,
    const std::shared_ptr<accelerators::MappingCache>& mappings, const SchedulingRules& rules);

}  // namespace mensa::explore
