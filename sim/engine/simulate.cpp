#include "sim/engine/simulate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
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

/// The kernel wraps what a process throws; all of that are faults of ours.
void run_kernel() {
  try {
    sc_core::sc_start();
  } catch (const sc_core::sc_report& report) {
    throw std::logic_error(report.get_msg());
  }
}

/// Puts the simulation's time, traffic and static energy in the place of the analytic ones.
LayerCost simulated_cost(const LayerCost& analytic, const LayerTrace& trace, base::Hertz clock,
                         base::Picojoules dram_energy, base::Picojoules static_energy) {
  LayerCost cost = analytic;
  cost.time = from_ps_to_seconds(trace.times.total());
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

/// One simulation: its platform before the kernel runs, its result after.
class Run {
 public:
  explicit Run(const Simulation& simulation) : simulation_(simulation) {
    if (simulation.streams.empty()) throw std::logic_error("a simulation without streams");
    const SimulationOptions& options = simulation.options;
    system_ = &simulation.streams.front().problem->system();
    for (const Stream& stream : simulation.streams) {
      if (&stream.problem->system() != system_) {
        throw std::logic_error("streams of one simulation are on different systems");
      }
      programs_.push_back(
          make_programs(*stream.problem, *stream.schedule, options.grain, options.tiles_per_block));
      warm_programs_.emplace_back();
      if (stream.schedule->keeps_parameters() && stream.arrivals.size() > 1) {
        warm_programs_.back() = make_programs(*stream.problem, *stream.schedule, options.grain,
                                              options.tiles_per_block, true);
      }
      layer_counts_.push_back(stream.problem->graph().layers().size());
    }
    for (std::size_t s = 0; s < programs_.size(); ++s) {
      StreamPlan plan;
      plan.programs = &programs_[s];
      plan.warm_programs = warm_programs_[s].empty() ? nullptr : &warm_programs_[s];
      plan.concurrency = simulation.streams[s].schedule->concurrency;
      for (const base::Seconds arrival : simulation.streams[s].arrivals) {
        plan.arrivals_ps.push_back(to_ps(arrival));
      }
      const auto& deadline = simulation.streams[s].deadline;
      if (deadline) plan.deadline_ps = to_ps(*deadline);
      plans_.push_back(std::move(plan));
    }
    if (options.log_events) {
      log_.emplace();
      for (const Stream& stream : simulation.streams) {
        auto& names = log_->layer_names.emplace_back();
        for (const auto& layer : stream.problem->graph().layers()) names.push_back(layer.name);
      }
    }
    const std::size_t window =
        options.window > 0 ? options.window : system_->accelerators.size() + 1;
    platform_ = std::make_unique<Platform>(
        sc_core::sc_gen_unique_name("platform"), *system_, plans_, layer_counts_,
        PlatformOptions{options.memory, window, log_.has_value() ? &*log_ : nullptr,
                        options.foreign_memories, options.observer});
  }

  [[nodiscard]] RunResult result() {
    require_all_done();
    RunResult result;
    result.latency = from_ps_to_seconds(platform_->end_ps());
    result.accelerators.resize(system_->accelerators.size() + 1);
    for (std::size_t a = 0; a < result.accelerators.size(); ++a) {
      AcceleratorRun& accelerator = result.accelerators[a];
      const EngineModule& engine = platform_->engine(a);
      accelerator.accelerator = AcceleratorId(a);
      accelerator.active = from_ps_to_seconds(engine.active_ps());
      accelerator.activities = engine.times();
      accelerator.busy = from_ps_to_seconds(engine.times().at(Activity::kBusy));
      accelerator.peak_occupancy = engine.buffers().peaks();
      const MemoryPortModule::Transfers transfers = platform_->transfers(a);
      accelerator.on_port = from_ps_to_seconds(transfers.on_port_ps);
      accelerator.under_way = from_ps_to_seconds(transfers.under_way_ps);
    }
    gather_streams(result);
    for (const accelerators::MemoryPort& port : system_->ports) {
      const auto& counters = platform_->port_counters(port.id);
      result.ports.push_back(
          {port.id, base::Bytes(counters.read_bytes), base::Bytes(counters.written_bytes),
           from_ps_to_seconds(counters.busy_ps), counters.dram, counters.activates});
      if (is_foreign(port)) add_moved_bytes(result.ports.back());
    }
    for (const StreamRun& stream : result.streams) result.energy += stream.energy;
    result.log = std::move(log_);
    return result;
  }

 private:
  void require_all_done() const {
    if (platform_->dispatcher().all_done()) return;
    std::string waiting;
    for (const Dispatcher::Waiting& entry : platform_->dispatcher().waiting()) {
      const auto name = [&](std::size_t block) {
        const std::size_t stream = entry.run.job.stream;
        return simulation_.streams[stream]
            .problem->graph()
            .layer(programs_[stream][block].layers.front().layer)
            .name;
      };
      waiting += fmt::format("\n  '{}' waits for:", name(entry.run.block));
      for (const std::size_t before : entry.waits_for)
        waiting += fmt::format(" '{}'", name(before));
      if (entry.waits_for.empty()) waiting += " its turn";
    }
    throw std::logic_error("the schedule cannot progress; layers that never ended:" + waiting);
  }

  /// Of all blocks, in the order in which they ended.
  [[nodiscard]] std::vector<base::Picojoules> static_energy() const {
    std::vector<ActiveInterval> intervals;
    for (const Platform::BlockTimes& times : platform_->block_times()) {
      const std::size_t engine =
          programs_[times.run.job.stream][times.run.block].accelerator.index();
      base::Watts added;
      if (engine < system_->accelerators.size() && system_->accelerators[engine].power_gated) {
        added = accelerators::leakage(system_->accelerators[engine], system_->technology);
      }
      intervals.push_back({times.start_ps, times.end_ps, added});
    }
    return split_static_energy(intervals, accelerators::idle_power(*system_));
  }

  [[nodiscard]] bool is_foreign(const accelerators::MemoryPort& port) const {
    return simulation_.options.foreign_memories.contains(port.id);
  }

  [[nodiscard]] const accelerators::MemoryPort& port_of(AcceleratorId accelerator) const {
    const bool on_host = accelerator.index() == system_->accelerators.size();
    return system_->port(on_host ? system_->host.port : system_->accelerator(accelerator).port);
  }

  /// What the layers of its accelerators moved.
  void add_moved_bytes(PortRun& run) const {
    for (std::size_t s = 0; s < simulation_.streams.size(); ++s) {
      for (std::size_t l = 0; l < layer_counts_[s]; ++l) {
        const auto accelerator = simulation_.streams[s].schedule->at(LayerId(l)).accelerator;
        if (port_of(accelerator).id != run.port) continue;
        run.read += platform_->sums(s)[l].dram.read();
        run.written += platform_->sums(s)[l].dram.write();
      }
    }
  }

  void gather_streams(RunResult& result) const {
    for (std::size_t s = 0; s < simulation_.streams.size(); ++s) {
      StreamRun& stream = result.streams.emplace_back();
      for (std::size_t j = 0; j < plans_[s].arrivals_ps.size(); ++j) {
        const JobTimes& times = platform_->dispatcher().times({s, j});
        stream.inferences.push_back({from_ps_to_seconds(times.arrival_ps),
                                     from_ps_to_seconds(times.start_ps),
                                     from_ps_to_seconds(times.end_ps)});
      }
    }
    result.layers.resize(layer_counts_.front());
    std::vector<std::vector<std::int64_t>> warm_runs;
    for (const std::size_t layers : layer_counts_) warm_runs.emplace_back(layers, 0);
    const std::vector<base::Picojoules> shares = static_energy();
    for (std::size_t b = 0; b < shares.size(); ++b) {
      const BlockRun& run = platform_->block_times()[b].run;
      if (platform_->block_times()[b].warm) {
        for (const LayerProgram& layer : programs_[run.job.stream][run.block].layers) {
          ++warm_runs[run.job.stream][layer.layer.index()];
        }
      }
      result.streams[run.job.stream].energy.static_energy += shares[b];
      if (run.job == JobId{}) gather_block(run.block, shares[b], result);
    }
    for (std::size_t s = 0; s < simulation_.streams.size(); ++s) {
      const auto inferences = static_cast<std::int64_t>(plans_[s].arrivals_ps.size());
      StreamRun& stream = result.streams[s];
      for (std::size_t l = 0; l < layer_counts_[s]; ++l) {
        const LayerTrace& sum = platform_->sums(s)[l];
        LayerRun layer = gather_layer(s, LayerId(l), sum, base::Picojoules(0));
        stream.dram += sum.dram;
        stream.energy.dram += layer.cost.energy.dram;
        const std::int64_t warm = warm_runs[s][l];
        const scheduler::Schedule& schedule = *simulation_.streams[s].schedule;
        stream.energy += on_chip_energy(s, LayerId(l), schedule.at(LayerId(l)).residency)
                             .times(static_cast<double>(inferences - warm));
        if (warm > 0) {
          stream.energy += on_chip_energy(s, LayerId(l), schedule.warm_residency(LayerId(l)))
                               .times(static_cast<double>(warm));
        }
        result.accelerators[layer.accelerator.index()].macs += layer.cost.macs * inferences;
      }
    }
    // Summed in the order of the layers, so that a reader who adds them up gets the same total.
    if (result.streams.front().inferences.size() == 1) {
      accelerators::EnergyBreakdown& energy = result.streams.front().energy;
      energy = {};
      for (const LayerRun& layer : result.layers) energy += layer.cost.energy;
    }
  }

  /// Of one inference, without what the simulation counts: DRAM and static.
  [[nodiscard]] accelerators::EnergyBreakdown on_chip_energy(
      std::size_t stream, LayerId layer, const scheduler::LayerResidency& residency) const {
    const Stream& of = simulation_.streams[stream];
    const AcceleratorId accelerator = of.schedule->at(layer).accelerator;
    accelerators::EnergyBreakdown energy =
        of.problem->costs().find(layer, accelerator, residency)->cost.energy;
    energy.dram = base::Picojoules(0);
    energy.static_energy = base::Picojoules(0);
    return energy;
  }

  /// Of the first inference of the first stream.
  void gather_block(std::size_t block, base::Picojoules static_energy, RunResult& result) const {
    const BlockProgram& program = programs_.front()[block];
    const std::vector<LayerTrace>& traces = platform_->first_traces(0);
    std::int64_t charged = 0;
    for (const LayerProgram& layer : program.layers) {
      charged += traces[layer.layer.index()].times.total();
    }
    for (const LayerProgram& layer : program.layers) {
      const LayerTrace& trace = traces[layer.layer.index()];
      const double share =
          charged > 0 ? static_cast<double>(trace.times.total()) / static_cast<double>(charged)
                      : 1.0 / static_cast<double>(program.layers.size());
      result.layers[layer.layer.index()] =
          gather_layer(0, layer.layer, trace, static_energy * share);
    }
  }

  [[nodiscard]] LayerRun gather_layer(std::size_t stream, LayerId layer, const LayerTrace& trace,
                                      base::Picojoules static_energy) const {
    const scheduler::SchedulingProblem& problem = *simulation_.streams[stream].problem;
    const scheduler::ScheduledLayer& scheduled = simulation_.streams[stream].schedule->at(layer);
    const AcceleratorId id = scheduled.accelerator;
    const bool on_host = id == problem.costs().host();
    const accelerators::MemoryPort& port = port_of(id);
    const base::Hertz clock =
        on_host ? base::Hertz(system_->host.operations_per_second) : system_->accelerator(id).clock;
    const LayerEvaluation& evaluation = *problem.costs().find(layer, id, scheduled.residency);
    LayerRun run;
    run.layer = layer;
    run.accelerator = id;
    run.start = from_ps_to_seconds(trace.start_ps);
    run.end = from_ps_to_seconds(trace.end_ps);
    run.analytic = evaluation.cost;
    run.cost =
        simulated_cost(evaluation.cost, trace, clock, dram_energy(port, trace), static_energy);
    run.activities = trace.times;
    run.dram_delays = trace.dram_delays;
    run.activates = trace.activates;
    return run;
  }

  [[nodiscard]] base::Picojoules dram_energy(const accelerators::MemoryPort& port,
                                             const LayerTrace& trace) const {
    const auto bits = static_cast<double>((trace.dram.read() + trace.dram.write()).value()) * 8.0;
    const accelerators::Memory& memory = system_->memory(port.memory);
    // Counted where they are simulated, else what the analytic model assumes.
    if (port.counts_activates && simulation_.options.memory == MemoryModel::kDetailed &&
        !is_foreign(port)) {
      return port.energy_per_bit.nominal * bits +
             memory.timing->activate_energy->nominal * static_cast<double>(trace.activates);
    }
    return system_->energy_per_bit(port.id) * bits;
  }

  const Simulation& simulation_;
  const accelerators::System* system_ = nullptr;
  std::vector<std::vector<BlockProgram>> programs_;
  std::vector<std::vector<BlockProgram>> warm_programs_;  ///< empty where no parameters stay
  std::vector<StreamPlan> plans_;
  std::vector<std::size_t> layer_counts_;
  std::optional<EventLog> log_;
  std::unique_ptr<Platform> platform_;
};

}  // namespace

std::vector<RunResult> simulate(const std::vector<Simulation>& simulations) {
  one_simulation_per_process();
  let_kernel_errors_throw();
  std::vector<std::unique_ptr<Run>> runs;
  runs.reserve(simulations.size());
  for (const Simulation& simulation : simulations) {
    runs.push_back(std::make_unique<Run>(simulation));
  }
  run_kernel();
  std::vector<RunResult> results;
  results.reserve(runs.size());
  for (const auto& run : runs) results.push_back(run->result());
  return results;
}

RunResult simulate(const scheduler::SchedulingProblem& problem, const scheduler::Schedule& schedule,
                   const SimulationOptions& options) {
  return std::move(
      simulate({Simulation{{Stream{&problem, &schedule, {base::Seconds(0)}}}, options}}).front());
}

}  // namespace mensa::sim
