#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "accelerators/spec/loader.h"
#include "scheduler/policies/policy.h"
#include "sim/engine/simulate.h"
#include "tests/support/test_graphs.h"

// Models on systems, ready to be simulated as a whole. ctest runs every test in a process of its
// own: each may simulate once.

namespace mensa::sim::test {

using accelerators::CostTable;
using accelerators::Objective;
using models::TensorId;
using models::test::GraphBuilder;
using scheduler::Concurrency;
using scheduler::Schedule;
using scheduler::SchedulingProblem;

inline const accelerators::ParameterOverrides kNothingStays = {
    {"accelerators.edge_tpu.keeps_parameters", "false"}};

/// A graph on a system with the schedule of a policy, or of an accelerator for each layer.
struct Planned {
  Planned(models::Graph model, const std::string& system_name, const std::string& policy,
          Concurrency concurrency, const accelerators::ParameterOverrides& overrides = {})
      : graph(std::move(model)),
        system(accelerators::load_system(system_name, overrides)),
        problem(costs, concurrency),
        schedule(scheduler::build_schedule(problem, scheduler::make_policy(policy)->plan(problem),
                                           policy)) {
    scheduler::verify(problem, schedule);
  }
  Planned(models::Graph model, const std::string& system_name,
          const std::vector<std::string>& assignment, Concurrency concurrency,
          const accelerators::ParameterOverrides& overrides = {})
      : graph(std::move(model)),
        system(accelerators::load_system(system_name, overrides)),
        problem(costs, concurrency),
        schedule(with(assignment, concurrency)) {
    scheduler::verify(problem, schedule);
  }
  [[nodiscard]] Schedule with(const std::vector<std::string>& assignment,
                              Concurrency concurrency) const {
    scheduler::Assignment ids;
    for (const std::string& name : assignment) ids.push_back(system.accelerator(name).id);
    return scheduler::build_schedule(problem.with(concurrency), {ids}, "test");
  }

  models::Graph graph;
  accelerators::System system;
  CostTable costs{graph, system, Objective::kEdp};
  SchedulingProblem problem;
  Schedule schedule;
};

/// `count` inferences, all asked for at once.
inline Stream stream(const Planned& planned, const Schedule& schedule, std::size_t count = 1) {
  return {&planned.problem, &schedule, std::vector<base::Seconds>(count, base::Seconds(0))};
}

inline Simulation simulation(const Planned& planned, const SimulationOptions& options = {},
                             std::size_t count = 1) {
  return {{stream(planned, planned.schedule, count)}, options};
}

inline SimulationOptions ideal_memory() {
  SimulationOptions options;
  options.memory = MemoryModel::kIdeal;
  return options;
}

/// Two branches that meet and go on, over both accelerators of two ports.
inline models::Graph branches() {
  GraphBuilder build("branches");
  const TensorId x = build.input("input", {1, 64, 16, 16});
  const TensorId a = build.pointwise("a", x, 64, 128, 16);
  const TensorId b = build.pointwise("b", x, 64, 128, 16);
  const TensorId join = build.elementwise("join", {a, b}, 128 * 256);
  return build.finish(build.pointwise("last", join, 128, 64, 16));
}
inline const std::vector<std::string> kBranchesAssignment = {"pascal", "jacquard", "pascal",
                                                             "jacquard"};

/// Layers of one size, each of which reads the one before.
inline models::Graph chain(std::size_t layers) {
  GraphBuilder build("chain");
  TensorId at = build.input("input", {1, 64, 16, 16});
  for (std::size_t i = 0; i < layers; ++i) {
    at = build.pointwise("layer" + std::to_string(i), at, 64, 64, 16);
  }
  return build.finish(at);
}

inline models::Graph lstm() {
  GraphBuilder build("lstm");
  const TensorId x = build.input("input", {10, 1, 64});
  return build.finish(build.lstm("lstm", x, 64, 128, 10));
}

/// All numbers of a result but those of its log, in some order.
inline std::vector<double> numbers(const RunResult& result) {
  std::vector<double> list;
  const auto add = [&](auto value) { list.push_back(static_cast<double>(value)); };
  const auto add_activities = [&](const ActivityTimes& times) {
    for (const Activity activity : kAllActivities) add(times.at(activity));
  };
  const auto add_delays = [&](const DramDelays& delays) {
    for (const auto ps : {delays.row_ps, delays.refresh_ps, delays.turnaround_ps}) add(ps);
  };
  const auto add_dram = [&](const accelerators::DramTraffic& dram) {
    for (const base::Bytes bytes :
         {dram.parameter_read, dram.activation_read, dram.partial_sum_read, dram.partial_sum_write,
          dram.activation_write}) {
      add(bytes.value());
    }
  };
  const auto add_energy = [&](const accelerators::EnergyBreakdown& energy) {
    for (const base::Picojoules part :
         {energy.mac, energy.register_file, energy.buffer, energy.network, energy.dram,
          energy.static_energy, energy.host}) {
      add(part.value());
    }
  };
  for (const LayerRun& layer : result.layers) {
    for (const std::size_t id : {layer.layer.index(), layer.accelerator.index()}) add(id);
    for (const base::Seconds time : {layer.start, layer.end, layer.cost.time}) add(time.value());
    for (const base::Cycles cycles : {layer.cost.cycles, layer.cost.exposed_cycles}) {
      add(cycles.value());
    }
    add(layer.cost.pe_utilization);
    add_dram(layer.cost.dram);
    add_energy(layer.cost.energy);
    add_activities(layer.activities);
    add_delays(layer.dram_delays);
    add(layer.activates);
  }
  for (const AcceleratorRun& accelerator : result.accelerators) {
    add(accelerator.busy.value());
    add(accelerator.active.value());
    add(accelerator.macs);
    add_activities(accelerator.activities);
    for (const base::Bytes peak : accelerator.peak_occupancy) add(peak.value());
  }
  for (const PortRun& port : result.ports) {
    for (const base::Bytes bytes : {port.read, port.written}) add(bytes.value());
    add(port.busy.value());
    add_delays(port.dram_delays);
    add(port.activates);
  }
  for (const StreamRun& each : result.streams) {
    for (const InferenceRun& inference : each.inferences) {
      for (const base::Seconds time : {inference.arrival, inference.start, inference.end}) {
        add(time.value());
      }
    }
    add_energy(each.energy);
    add_dram(each.dram);
  }
  add(result.latency.value());
  add_energy(result.energy);
  return list;
}

}  // namespace mensa::sim::test
