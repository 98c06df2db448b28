// From the work of the parts to the time of a layer, and of its repetitions.
#include <algorithm>

#include "accelerators/cost/mac_cost.h"
#include "models/base/error.h"

namespace mensa::accelerators {

namespace {

void check_cycles(std::int64_t cycles) {
  if (cycles < kMostCycles) return;
  throw base::Error(
      "a layer takes more than 2^60 cycles; are the bandwidths and latencies of the system right?");
}

}  // namespace

void check_traffic(const DramTraffic& dram, std::int64_t runs) {
  if ((dram.read() + dram.write()).value() < TransferSizes::kMost.value() / runs) return;
  throw base::Error(
      "a layer moves more than 2^60 bytes to and from DRAM; is the burst of the memory right?");
}

PipelineCycles pipeline_cycles(std::int64_t busy, std::int64_t memory, const DramTraffic& dram,
                               const Pipeline& pipeline) {
  const auto count = static_cast<double>(pipeline.tiles);
  const auto read = static_cast<double>(dram.read().value());
  const auto write = static_cast<double>(dram.write().value());
  const double busy_per_tile = static_cast<double>(busy) / count;
  const double mean_fill = read / count;
  const double fill = std::max(mean_fill, static_cast<double>(pipeline.first_fill.value())) /
                      pipeline.bytes_per_cycle;
  const double drain = std::max(write / count, static_cast<double>(pipeline.last_drain.value())) /
                       pipeline.bytes_per_cycle;
  PipelineCycles cycles;
  // A slot of the double buffer is asked for, filled and used before it can be asked for again.
  if (read > 0) {
    const double filled = mean_fill / pipeline.bytes_per_cycle;
    cycles.latency = whole_cycles(count * (pipeline.latency + filled + busy_per_tile) / 2).value();
  }
  const std::int64_t pipelined = std::max(busy, pipeline.tiles > 1 ? cycles.latency : 0);
  const double around = (read > 0 ? pipeline.latency : 0.0) + (write > 0 ? pipeline.latency : 0.0);
  const double total = around + std::max(static_cast<double>(memory) + busy_per_tile,
                                         fill + static_cast<double>(pipelined) + drain);
  cycles.total = std::max(whole_cycles(total), base::Cycles(1)).value();
  return cycles;
}

void set_times(LayerCost& cost, const Pipeline& run, base::Hertz clock) {
  const base::Cycles busy =
      std::max({cost.compute_cycles, cost.vector_cycles, cost.network_cycles});
  const PipelineCycles pipeline =
      pipeline_cycles(busy.value(), cost.memory_cycles.value(), cost.dram, run);
  check_cycles(pipeline.total);
  cost.latency_cycles = base::Cycles(pipeline.latency);
  cost.cycles = base::Cycles(pipeline.total);
  const base::Cycles core =
      std::max({busy, run.tiles > 1 ? cost.latency_cycles : base::Cycles(0), cost.memory_cycles});
  cost.exposed_cycles = cost.cycles - core;
  cost.time = cost.cycles / clock;
  const base::Cycles on_chip_or_memory = std::max(busy, cost.memory_cycles);
  if (cost.cycles - on_chip_or_memory > on_chip_or_memory) {
    cost.bound = Bound::kLatency;
  } else if (cost.memory_cycles > busy) {
    cost.bound = Bound::kMemory;
  } else if (cost.network_cycles > std::max(cost.compute_cycles, cost.vector_cycles)) {
    cost.bound = Bound::kNetwork;
  } else {
    cost.bound = Bound::kCompute;
  }
}

LayerCost repeat(const LayerCost& run, std::int64_t runs, base::Hertz clock) {
  if (runs == 1) return run;
  LayerCost all = run;
  const base::Cycles core = std::max(run.cycles - run.exposed_cycles, run.latency_cycles);
  if (core.value() > kMostCycles / runs) check_cycles(kMostCycles);
  check_traffic(run.dram, runs);
  all.cycles = core * runs + run.exposed_cycles;
  all.compute_cycles = run.compute_cycles * runs;
  all.vector_cycles = run.vector_cycles * runs;
  all.network_cycles = run.network_cycles * runs;
  all.memory_cycles = run.memory_cycles * runs;
  all.latency_cycles = run.latency_cycles * runs;
  all.macs = run.macs * runs;
  all.fates = run.fates.times(runs);
  all.dram = run.dram.times(runs);
  const double time_factor = all.cycles.ratio(run.cycles);
  all.energy = run.energy.times(static_cast<double>(runs));
  all.energy.static_energy = run.energy.static_energy * time_factor;
  all.time = all.cycles / clock;
  all.pe_utilization = run.pe_utilization * static_cast<double>(runs) / time_factor;
  return all;
}

}  // namespace mensa::accelerators
