#include "sim/engine/simulate.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <systemc>

#include "accelerators/cost/static_power.h"
#include "sim/engine/block_program.h"
#include "sim/engine/static_energy.h"
#include "sim/modules/sc_time_tools.h"
#include "sim/platform/platform.h"

namespace mensa::sim {

using accelerators::AcceleratorId;
using accelerators::LayerCost;
using accelerators::LayerEvaluation;
using models::LayerId;

namespace {

void one_simulation_per_process() {
  static bool ran = false;
  if (ran) throw std::logic_error("SystemC runs one simulation per process; use a worker process");
  ran = true;
}

/// Faults that the kernel finds reach the caller as exceptions and print nothing.
void let_kernel_errors_throw() {
  sc_core::sc_report_handler::set_actions(sc_core::SC_ERROR, sc_core::SC_THROW);
  sc_core::sc_report_handler::set_actions(sc_core::SC_FATAL, sc_core::SC_THROW);
  sc_core::sc_report_handler::set_actions(sc_core::SC_WARNING, sc_core::SC_DO_NOTHING);
  sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
}

void require_all_done(const scheduler::SchedulingProblem& problem,
                      const std::vector<BlockProgram>& programs, const Platform& platform) {
  std::string waiting;
  for (std::size_t b = 0; b < programs.size(); ++b) {
    if (platform.block_times()[b].done) continue;
    waiting += fmt::format("\n  '{}' waits for:",
                           problem.graph().layer(programs[b].layers.front().layer).name);
    for (const std::size_t before : programs[b].waits_for) {
      if (platform.block_times()[before].done) continue;
      waiting +=
          fmt::format(" '{}'", problem.graph().layer(programs[before].layers.front().layer).name);
    }
  }
  if (!waiting.empty()) {
    throw std::logic_error("the schedule cannot progress; layers that never ended:" + waiting);
  }
}

/// Puts the simulation's time, traffic and static energy in the place of the analytic ones.
LayerCost simulated_cost(const LayerCost& analytic, const LayerTrace& trace, base::Hertz clock,
                         base::Picojoules dram_energy, base::Picojoules static_energy) {
  LayerCost cost = analytic;
  cost.time = from_ps_to_seconds(trace.charged_ps);
  cost.cycles = base::Cycles(std::llround(cost.time.value() * clock.value()));
  cost.dram = trace.dram;
  cost.energy.dram = dram_energy;
  cost.energy.static_energy = static_energy;
  const base::Cycles core =
      std::max({cost.compute_cycles, cost.vector_cycles, cost.network_cycles, cost.memory_cycles});
  cost.exposed_cycles = std::max(base::Cycles(0), cost.cycles - core);
  cost.pe_utilization = analytic.pe_utilization * static_cast<double>(analytic.cycles.value()) /
                        static_cast<double>(std::max<std::int64_t>(1, cost.cycles.value()));
  return cost;
}

}  // namespace

RunResult simulate(const scheduler::SchedulingProblem& problem, const scheduler::Schedule& schedule,
                   const SimulationOptions& options) {
  one_simulation_per_process();
  let_kernel_errors_throw();
  const models::Graph& graph = problem.graph();
  const accelerators::System& system = problem.system();
  const std::vector<BlockProgram> programs =
      make_programs(problem, schedule, options.tiles_per_block);
  std::vector<LayerTrace> traces(graph.layers().size());
  const Platform platform("platform", system, programs, traces);
  sc_core::sc_start();
  require_all_done(problem, programs, platform);

  RunResult result;
  result.events = sc_core::sc_delta_count();
  std::vector<ActiveInterval> intervals;
  std::vector<std::int64_t> charged(programs.size(), 0);
  for (std::size_t b = 0; b < programs.size(); ++b) {
    const AcceleratorId id = programs[b].accelerator;
    base::Watts added;
    if (id != problem.costs().host() && system.accelerator(id).power_gated) {
      added = accelerators::leakage(system.accelerator(id), system.technology);
    }
    const auto& times = platform.block_times()[b];
    intervals.push_back({times.start_ps, times.end_ps, added});
    for (const LayerProgram& layer : programs[b].layers) {
      charged[b] += traces[layer.layer.index()].charged_ps;
    }
    result.latency = std::max(result.latency, from_ps_to_seconds(times.end_ps));
  }
  const std::vector<base::Picojoules> static_energy =
      split_static_energy(intervals, accelerators::idle_power(system));

  result.layers.resize(graph.layers().size());
  result.accelerators.resize(system.accelerators.size() + 1);
  for (std::size_t a = 0; a < result.accelerators.size(); ++a) {
    result.accelerators[a].accelerator = AcceleratorId(a);
    result.accelerators[a].active = from_ps_to_seconds(platform.engine(a).active_ps());
  }
  for (std::size_t b = 0; b < programs.size(); ++b) {
    const AcceleratorId id = programs[b].accelerator;
    const bool on_host = id == problem.costs().host();
    const auto& port = system.port(on_host ? system.host.port : system.accelerator(id).port);
    const base::Hertz clock =
        on_host ? base::Hertz(system.host.operations_per_second) : system.accelerator(id).clock;
    AcceleratorRun& accelerator = result.accelerators[id.index()];
    for (const LayerProgram& program : programs[b].layers) {
      const LayerTrace& trace = traces[program.layer.index()];
      const LayerEvaluation& evaluation =
          *problem.costs().find(program.layer, id, schedule.at(program.layer).residency);
      const auto bytes = static_cast<double>((trace.dram.read() + trace.dram.write()).value());
      const double share =
          charged[b] > 0 ? static_cast<double>(trace.charged_ps) / static_cast<double>(charged[b])
                         : 1.0 / static_cast<double>(programs[b].layers.size());
      LayerRun& run = result.layers[program.layer.index()];
      run.layer = program.layer;
      run.accelerator = id;
      run.start = from_ps_to_seconds(trace.start_ps);
      run.end = from_ps_to_seconds(trace.end_ps);
      run.analytic = evaluation.cost;
      run.cost =
          simulated_cost(evaluation.cost, trace, clock, port.energy_per_bit.nominal * (bytes * 8.0),
                         static_energy[b] * share);
      accelerator.busy += from_ps_to_seconds(trace.busy_ps);
      accelerator.macs += run.cost.macs;
    }
  }
  // Summed in the order of the layers, so that a reader who adds them up gets the same total.
  for (const LayerRun& run : result.layers) result.energy += run.cost.energy;
  for (const accelerators::MemoryPort& port : system.ports) {
    const auto& counters = platform.port_counters(port.id);
    result.ports.push_back({port.id, base::Bytes(counters.read_bytes),
                            base::Bytes(counters.written_bytes),
                            from_ps_to_seconds(counters.busy_ps)});
  }
  return result;
}

}  // namespace mensa::sim
