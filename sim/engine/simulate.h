#pragma once

#include <map>
#include <optional>
#include <vector>

#include "scheduler/problem/schedule.h"
#include "sim/engine/block_observer.h"
#include "sim/engine/block_program.h"
#include "sim/engine/run_result.h"
#include "sim/platform/memory_model.h"

namespace mensa::sim {

class ForeignMemory;

/// Inferences of one model.
struct Stream {
  const scheduler::SchedulingProblem* problem = nullptr;
  const scheduler::Schedule* schedule = nullptr;  ///< verified
  /// When each is asked for; ascending.
  std::vector<base::Seconds> arrivals = {base::Seconds(0)};
  /// After its arrival each should be done, at least 0: what is due first is served first
  /// (sim/engine/dispatcher.h).
  std::optional<base::Seconds> deadline = std::nullopt;
};

struct SimulationOptions {
  MemoryModel memory = MemoryModel::kDetailed;
  Grain grain = Grain::kCoalesced;
  /// Upper bound on the simulated tiles of one block; longer streams are coalesced.
  std::size_t tiles_per_block = 262144;
  /// Inferences in progress at a time; 0: one more than there are accelerators.
  std::size_t window = 0;
  bool log_events = false;
  /// Outlives the simulation; null: nobody is told.
  BlockObserver* observer = nullptr;
  /// Targets in the place of memory ports. What they do is not counted: a port's bytes are what
  /// layers moved, it is never busy, and its energy is that of the analytic model.
  std::map<accelerators::PortId, ForeignMemory*> foreign_memories = {};
};

/// Streams that share one system: all problems must be of the same one.
struct Simulation {
  std::vector<Stream> streams;
  SimulationOptions options;
};

/// Plays verified schedules on SystemC models of their systems, every simulation on a platform of
/// its own: they know nothing of one another. SystemC has one kernel per process: a second call
/// throws std::logic_error (run it in a worker process instead). So do faults of ours: a schedule
/// that cannot progress, and tiles or tensors that exceed a buffer of their accelerator.
[[nodiscard]] std::vector<RunResult> simulate(const std::vector<Simulation>& simulations);
/// One inference.
[[nodiscard]] RunResult simulate(const scheduler::SchedulingProblem& problem,
                                 const scheduler::Schedule& schedule,
                                 const SimulationOptions& options = {});

}  // namespace mensa::sim
