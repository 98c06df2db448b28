#pragma once

#include "scheduler/problem/schedule.h"
#include "sim/engine/run_result.h"

namespace mensa::sim {

struct SimulationOptions {
  /// Upper bound on the simulated tiles of one block; longer streams are coalesced.
  std::size_t tiles_per_block = 4096;
};

/// Plays a verified schedule on SystemC models of the system. SystemC allows one simulation per
/// process: a second call throws std::logic_error (run it in a worker process instead).
[[nodiscard]] RunResult simulate(const scheduler::SchedulingProblem& problem,
                                 const scheduler::Schedule& schedule,
                                 const SimulationOptions& options = {});

}  // namespace mensa::sim
