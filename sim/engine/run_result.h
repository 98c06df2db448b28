#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "accelerators/cost/layer_cost.h"
#include "models/base/units.h"
#include "scheduler/problem/schedule.h"

namespace mensa::sim {

/// One layer as it ran. `cost` has the analytic model's counts and on-chip energy with time,
/// cycles, DRAM traffic and energy, and static energy of the simulation in their place.
struct LayerRun {
  models::LayerId layer;
  accelerators::AcceleratorId accelerator;
  base::Seconds start;  ///< first request of its first run
  base::Seconds end;    ///< last write of its last run done
  accelerators::LayerCost cost;
  accelerators::LayerCost analytic;
};

struct AcceleratorRun {
  accelerators::AcceleratorId accelerator;
  base::Seconds busy;    ///< array or vector lanes at work
  base::Seconds active;  ///< some block in progress
  std::int64_t macs = 0;
};

struct PortRun {
  accelerators::PortId port;
  base::Bytes read;
  base::Bytes written;
  base::Seconds busy;  ///< data on the port, of a full-duplex one on its busier way
};

/// What one simulated inference did. Energies add up: total = sum over layers.
struct RunResult {
  std::vector<LayerRun> layers;  ///< by LayerId
  std::vector<AcceleratorRun> accelerators;
  std::vector<PortRun> ports;
  base::Seconds latency;
  accelerators::EnergyBreakdown energy;
  std::uint64_t events = 0;  ///< of the simulation kernel, for benchmarks
};

}  // namespace mensa::sim
