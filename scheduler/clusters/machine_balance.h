#pragma once

#include "accelerators/spec/system.h"

namespace mensa::scheduler {

/// MACs per byte at which peak rate and bandwidth of a system take the same time, MAC/B: peak MAC/s
/// of all its accelerators at their native precisions, over the bandwidth of the memory ports that
/// they sit at, each port once and of both directions together.
[[nodiscard]] double machine_balance(const accelerators::System& system);

}  // namespace mensa::scheduler
