#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "accelerators/cost/layer_cost.h"
#include "models/base/units.h"
#include "scheduler/problem/schedule.h"
#include "sim/engine/activity.h"
#include "sim/engine/event_log.h"
#include "sim/modules/dram_device.h"

namespace mensa::sim {

/// One layer as it ran. `cost` has the analytic model's counts and on-chip energy with time,
/// cycles, DRAM traffic and energy, and static energy of the simulation in their place.
struct LayerRun {
  models::LayerId layer;
  accelerators::AcceleratorId accelerator;
  base::Seconds start;  ///< first request, or when the array turns to it if that is earlier
  base::Seconds end;    ///< last write of its last run done
  accelerators::LayerCost cost;
  accelerators::LayerCost analytic;
  /// What its accelerator did in its time; adds up to it.
  ActivityTimes activities;
  /// What rows, refresh and turnarounds added to its transfers, hidden behind others or not.
  DramDelays dram_delays;
  std::int64_t activates = 0;  ///< DRAM rows opened
};

struct AcceleratorRun {
  accelerators::AcceleratorId accelerator;
  base::Seconds busy;    ///< array or vector lanes at work
  base::Seconds active;  ///< some block in progress
  std::int64_t macs = 0;
  ActivityTimes activities;  ///< adds up to the whole run
  /// Its transfers were on their port so long, and so long some transfer waited for the port, was
  /// on it or was held up in the memory by others: what is left of its bandwidth.
  base::Seconds on_port;
  base::Seconds under_way;

  /// Of its port's bandwidth; 1 where nothing moved.
  [[nodiscard]] double bandwidth_share() const {
    return under_way > base::Seconds(0) ? on_port.ratio(under_way) : 1;
  }
  /// The most that was in each buffer at a time, as Accelerator::buffers; the host has none.
  std::vector<base::Bytes> peak_occupancy;
};

struct PortRun {
  accelerators::PortId port;
  base::Bytes read;
  base::Bytes written;
  base::Seconds busy;  ///< data on the port, of a full-duplex one on its busier way
  DramDelays dram_delays;
  std::int64_t activates = 0;
};

/// One inference of a stream.
struct InferenceRun {
  base::Seconds arrival;
  base::Seconds start;
  base::Seconds end;

  [[nodiscard]] base::Seconds latency() const { return end - arrival; }
};

/// All inferences of one model.
struct StreamRun {
  std::vector<InferenceRun> inferences;
  accelerators::EnergyBreakdown energy;  ///< of all of them
  accelerators::DramTraffic dram;
};

/// What one simulation did. Energies add up: total = sum over streams; that of a stream with one
/// inference = sum over its layers.
struct RunResult {
  std::vector<LayerRun> layers;  ///< of the first inference of the first stream, by LayerId
  std::vector<AcceleratorRun> accelerators;
  std::vector<PortRun> ports;
  std::vector<StreamRun> streams;
  base::Seconds latency;  ///< end of the last inference
  accelerators::EnergyBreakdown energy;
  std::optional<EventLog> log;
};

}  // namespace mensa::sim
