#pragma once

#include <vector>

#include "accelerators/spec/system.h"
#include "scheduler/problem/schedule.h"

namespace mensa::scheduler {

/// Sets start and end of every layer and the latency of a schedule whose blocks are decided: layers
/// take `times`, by LayerId, and each block before them what `system` says of its launch.
void plan_times(const models::Graph& graph, const accelerators::System& system,
                const std::vector<base::Seconds>& times, Schedule& schedule);

}  // namespace mensa::scheduler
