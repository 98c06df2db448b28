// Whole simulations: nothing is lost, nothing is random, and streams of inferences do what single
// ones do.

#include "sim/platform/platform.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "accelerators/spec/loader.h"
#include "scheduler/policies/policy.h"
#include "sim/engine/simulate.h"
#include "sim/modules/sc_time_tools.h"
#include "tests/support/test_graphs.h"

// ctest runs every test in a process of its own: each may simulate once.

namespace mensa::sim {
namespace {

using accelerators::CostTable;
using accelerators::Objective;
using models::TensorId;
using models::test::GraphBuilder;
using scheduler::Concurrency;
using scheduler::Schedule;
using scheduler::SchedulingProblem;
using testing::Contains;
using testing::Gt;
using testing::SizeIs;

const accelerators::ParameterOverrides kNothingStays = {
    {"accelerators.edge_tpu.keeps_parameters", "false"}};

/// A graph on a system with the schedule of a policy, or of an accelerator for each layer.
struct Planned {
  Planned(models::Graph model, const std::string& system_name, const std::string& policy,
          Concurrency concurrency, const accelerators::ParameterOverrides& overrides = {})
      : graph(std::move(model)),
        system(accelerators::load_system(system_name, overrides)),
        schedule(scheduler::build_schedule(problem, scheduler::make_policy(policy)->plan(problem),
                                           policy, concurrency)) {
    scheduler::verify(problem, schedule);
  }
  Planned(models::Graph model, const std::string& system_name,
          const std::vector<std::string>& assignment, Concurrency concurrency,
          const accelerators::ParameterOverrides& overrides = {})
      : graph(std::move(model)),
        system(accelerators::load_system(system_name, overrides)),
        schedule(with(assignment, concurrency)) {
    scheduler::verify(problem, schedule);
  }
  [[nodiscard]] Schedule with(const std::vector<std::string>& assignment,
                              Concurrency concurrency) const {
    scheduler::Assignment ids;
    for (const std::string& name : assignment) ids.push_back(system.accelerator(name).id);
    return scheduler::build_schedule(problem, {ids}, "test", concurrency);
  }

  models::Graph graph;
  accelerators::System system;
  CostTable costs{graph, system, Objective::kEdp};
  SchedulingProblem problem{costs};
  Schedule schedule;
};

/// `count` inferences, all asked for at once.
Stream stream(const Planned& planned, const Schedule& schedule, std::size_t count = 1) {
  return {&planned.problem, &schedule, std::vector<base::Seconds>(count, base::Seconds(0))};
}

Simulation simulation(const Planned& planned, const SimulationOptions& options = {},
                      std::size_t count = 1) {
  return {{stream(planned, planned.schedule, count)}, options};
}

SimulationOptions ideal_memory() {
  SimulationOptions options;
  options.memory = MemoryModel::kIdeal;
  return options;
}

/// Two branches that meet and go on, over both accelerators of two ports.
models::Graph branches() {
  GraphBuilder build("branches");
  const TensorId x = build.input("input", {1, 64, 16, 16});
  const TensorId a = build.pointwise("a", x, 64, 128, 16);
  const TensorId b = build.pointwise("b", x, 64, 128, 16);
  const TensorId join = build.elementwise("join", {a, b}, 128 * 256);
  return build.finish(build.pointwise("last", join, 128, 64, 16));
}
const std::vector<std::string> kBranchesAssignment = {"pascal", "jacquard", "pascal", "jacquard"};

/// Layers of one size, each of which reads the one before.
models::Graph chain(std::size_t layers) {
  GraphBuilder build("chain");
  TensorId at = build.input("input", {1, 64, 16, 16});
  for (std::size_t i = 0; i < layers; ++i) {
    at = build.pointwise("layer" + std::to_string(i), at, 64, 64, 16);
  }
  return build.finish(at);
}

models::Graph lstm() {
  GraphBuilder build("lstm");
  const TensorId x = build.input("input", {10, 1, 64});
  return build.finish(build.lstm("lstm", x, 64, 128, 10));
}

/// All numbers of a result but those of its log, in some order.
std::vector<double> numbers(const RunResult& result) {
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

/// Every picosecond of every accelerator, and of the host, is some activity's; the time of a layer
/// is its accelerator's.
void expect_activities_add_up(const RunResult& result) {
  const std::int64_t total = to_ps(result.latency);
  for (const AcceleratorRun& accelerator : result.accelerators) {
    EXPECT_EQ(accelerator.activities.total(), total);
    EXPECT_EQ(accelerator.activities.at(Activity::kBusy), to_ps(accelerator.busy));
  }
  for (const LayerRun& layer : result.layers) {
    EXPECT_EQ(layer.activities.total(), to_ps(layer.cost.time));
    EXPECT_LE(layer.activities.total(), to_ps(layer.end));
  }
}

/// Of one inference: what its accelerators did but wait for it is what its layers did.
void expect_layers_add_up(const RunResult& result) {
  std::vector<ActivityTimes> of_layers(result.accelerators.size());
  for (const LayerRun& layer : result.layers) {
    of_layers[layer.accelerator.index()] += layer.activities;
  }
  for (std::size_t a = 0; a < result.accelerators.size(); ++a) {
    const ActivityTimes& all = result.accelerators[a].activities;
    for (const Activity activity : {Activity::kBusy, Activity::kParameters, Activity::kActivations,
                                    Activity::kWriteBack, Activity::kContention}) {
      EXPECT_EQ(all.at(activity), of_layers[a].at(activity)) << a << " " << to_string(activity);
    }
    EXPECT_EQ(of_layers[a].total(), to_ps(result.accelerators[a].active));
    EXPECT_EQ(of_layers[a].at(Activity::kIdle) + of_layers[a].at(Activity::kLaunch), 0);
  }
}

TEST(Platform, ActivitiesAddUp) {
  const Planned layers(branches(), "mensa_g", kBranchesAssignment, Concurrency::kLayers);
  const Planned sequence(branches(), "mensa_g", kBranchesAssignment, Concurrency::kSequence);
  const Planned launched(branches(), "mensa_g", kBranchesAssignment, Concurrency::kLayers,
                         {{"accelerators.pascal.launch_overhead", "3 us"}});
  const Planned recurrent(lstm(), "mensa_g", "mensa", Concurrency::kLayers);
  const Planned at_home(lstm(), "edge_tpu", "mensa", Concurrency::kSequence);
  std::vector<Simulation> simulations;
  for (const Planned* const planned : {&layers, &sequence, &launched, &recurrent, &at_home}) {
    simulations.push_back(simulation(*planned));
    simulations.push_back(simulation(*planned, ideal_memory()));
  }
  const std::vector<RunResult> results = simulate(simulations);
  ASSERT_THAT(results, SizeIs(10));
  for (std::size_t i = 0; i < results.size(); ++i) {
    SCOPED_TRACE(i);
    expect_activities_add_up(results[i]);
    expect_layers_add_up(results[i]);
  }
  // Launches count where there are any: two of 3 us.
  const std::size_t pascal = launched.system.accelerator("pascal").id.index();
  EXPECT_EQ(results[0].accelerators[pascal].activities.at(Activity::kLaunch), 0);
  EXPECT_EQ(results[4].accelerators[pascal].activities.at(Activity::kLaunch), 6000000);
}

/// The same for streams of inferences of two models that share accelerators.
TEST(Platform, ActivitiesOfStreamsAddUp) {
  const accelerators::System system = accelerators::load_system("mensa_g");
  const models::Graph first = branches();
  const models::Graph second = chain(3);
  CostTable first_costs(first, system, Objective::kEdp);
  CostTable second_costs(second, system, Objective::kEdp);
  const SchedulingProblem first_problem(first_costs);
  const SchedulingProblem second_problem(second_costs);
  const auto ids = [&](const std::vector<std::string>& names) {
    scheduler::Assignment list;
    for (const std::string& name : names) list.push_back(system.accelerator(name).id);
    return list;
  };
  const Schedule first_schedule = scheduler::build_schedule(
      first_problem, {ids(kBranchesAssignment)}, "test", Concurrency::kLayers);
  const Schedule second_schedule = scheduler::build_schedule(
      second_problem, {ids({"jacquard", "pavlov", "pascal"})}, "test", Concurrency::kLayers);
  const std::vector<base::Seconds> arrivals = {base::Seconds(0), base::Seconds(1e-6),
                                               base::Seconds(50e-6), base::Seconds(1e-3)};
  const auto results = simulate({Simulation{{Stream{&first_problem, &first_schedule, arrivals},
                                             Stream{&second_problem, &second_schedule, arrivals}},
                                            {}}});
  expect_activities_add_up(results[0]);
  ASSERT_THAT(results[0].streams, SizeIs(2));
  for (const StreamRun& each : results[0].streams) {
    ASSERT_THAT(each.inferences, SizeIs(4));
    for (std::size_t i = 0; i < 4; ++i) {
      EXPECT_EQ(to_ps(each.inferences[i].arrival), to_ps(arrivals[i]));
      EXPECT_LE(each.inferences[i].arrival, each.inferences[i].start);
      EXPECT_LT(each.inferences[i].start, each.inferences[i].end);
      EXPECT_LE(each.inferences[i].end, results[0].latency);
    }
  }
}

TEST(Platform, TheSameSimulationGivesTheSameResult) {
  const Planned planned(branches(), "mensa_g", kBranchesAssignment, Concurrency::kLayers);
  const Simulation one = simulation(planned, {}, 3);
  const std::vector<RunResult> results = simulate({one, one, one});
  ASSERT_THAT(results, SizeIs(3));
  EXPECT_THAT(numbers(results[0]), Contains(Gt(0)));
  EXPECT_EQ(numbers(results[0]), numbers(results[1]));
  EXPECT_EQ(numbers(results[0]), numbers(results[2]));
}

using Spans = std::vector<EventLog::Span>;

std::vector<Spans> by_track(const EventLog& log) {
  std::vector<Spans> tracks(log.tracks.size());
  for (const EventLog::Span& span : log.spans) tracks.at(span.track).push_back(span);
  return tracks;
}

TEST(Platform, LoggingChangesNothing) {
  const Planned planned(branches(), "mensa_g", kBranchesAssignment, Concurrency::kLayers);
  SimulationOptions logged;
  logged.log_events = true;
  const std::vector<RunResult> results =
      simulate({simulation(planned, {}, 3), simulation(planned, logged, 3)});
  EXPECT_FALSE(results[0].log.has_value());
  ASSERT_TRUE(results[1].log.has_value());
  EXPECT_EQ(numbers(results[0]), numbers(results[1]));
}

TEST(Platform, SpansOfATrackDoNotOverlap) {
  const Planned planned(branches(), "mensa_g", kBranchesAssignment, Concurrency::kLayers);
  const Planned recurrent(lstm(), "mensa_g", "mensa", Concurrency::kLayers);
  SimulationOptions logged;
  logged.log_events = true;
  const std::vector<RunResult> results =
      simulate({simulation(planned, logged, 3), simulation(recurrent, logged, 2)});
  for (const RunResult& result : results) {
    ASSERT_TRUE(result.log.has_value());
    for (const Spans& spans : by_track(*result.log)) {
      for (std::size_t i = 0; i < spans.size(); ++i) {
        EXPECT_LT(spans[i].start_ps, spans[i].end_ps);
        EXPECT_LE(i == 0 ? 0 : spans[i - 1].end_ps, spans[i].start_ps);
        EXPECT_LE(spans[i].end_ps, to_ps(result.latency));
      }
    }
  }
}

/// What is logged adds up to what is counted.
/// A port has a span for every request, from the accelerator and for the layer that asked for it.
TEST(Platform, SpansOfPortsAddUpToTheResult) {
  const Planned planned(branches(), "mensa_g", kBranchesAssignment, Concurrency::kLayers);
  SimulationOptions logged;
  logged.log_events = true;
  const std::vector<RunResult> results = simulate({simulation(planned, logged)});
  const RunResult& result = results[0];
  const EventLog& log = result.log.value();
  for (const PortRun& port : result.ports) {
    const accelerators::MemoryPort& spec = planned.system.port(port.port);
    const std::string label = planned.system.memory(spec.memory).name + "." + spec.name;
    std::int64_t read = 0;
    std::int64_t written = 0;
    std::int64_t busy_ps = 0;
    for (const EventLog::Span& span : log.spans) {
      if (log.tracks[span.track].group != label) continue;
      (span.phase == Phase::kWriteResults ? written : read) += span.bytes;
      busy_ps += span.end_ps - span.start_ps;
      const auto accelerator = result.layers[span.layer].accelerator;
      EXPECT_EQ(log.tracks[span.asked_by.value()].group,
                planned.system.accelerator(accelerator).name);
    }
    EXPECT_GT(read, 0);
    EXPECT_EQ(base::Bytes(read), port.read);
    EXPECT_EQ(base::Bytes(written), port.written);
    EXPECT_EQ(busy_ps, to_ps(port.busy));
  }
}

TEST(Platform, SpansAddUpToTheResult) {
  const Planned planned(branches(), "mensa_g", kBranchesAssignment, Concurrency::kLayers);
  SimulationOptions logged;
  logged.log_events = true;
  const std::vector<RunResult> results = simulate({simulation(planned, logged)});
  const RunResult& result = results[0];
  std::int64_t read = 0;
  std::int64_t written = 0;
  std::int64_t blocks = 0;
  std::vector<ActivityTimes> activities(result.layers.size());
  for (const EventLog::Span& span : result.log->spans) {
    EXPECT_EQ(span.job, JobId());
    if (span.asked_by) continue;  // of a memory port
    switch (span.phase) {
      case Phase::kLayer:
        ++blocks;
        break;
      case Phase::kReadParameters:
      case Phase::kReadActivations:
        read += span.bytes;
        break;
      case Phase::kWriteResults:
        written += span.bytes;
        break;
      case Phase::kCompute:
      case Phase::kStall:
        activities[span.layer].add(span.activity, span.end_ps - span.start_ps);
        break;
    }
  }
  EXPECT_EQ(blocks, 4);
  for (const LayerRun& layer : result.layers) {
    EXPECT_EQ(activities[layer.layer.index()], layer.activities);
  }
  for (const PortRun& port : result.ports) {
    read -= port.read.value();
    written -= port.written.value();
  }
  EXPECT_EQ(read, 0);
  EXPECT_EQ(written, 0);
  EXPECT_EQ(result.log->layer_names,
            (std::vector<std::vector<std::string>>{{"a", "b", "join", "last"}}));
}

/// An ideal memory remembers nothing of the inference before.
TEST(Platform, InferencesInSequenceTakeOneAfterTheOther) {
  const Planned planned(models::test::residual_chain(), "edge_tpu", "mensa", Concurrency::kSequence,
                        kNothingStays);
  const std::vector<RunResult> results =
      simulate({simulation(planned, ideal_memory()), simulation(planned, ideal_memory(), 7)});
  const std::int64_t one = to_ps(results[0].latency);
  const std::vector<InferenceRun>& inferences = results[1].streams[0].inferences;
  ASSERT_THAT(inferences, SizeIs(7));
  for (std::size_t i = 0; i < 7; ++i) {
    EXPECT_EQ(to_ps(inferences[i].start), static_cast<std::int64_t>(i) * one);
    EXPECT_EQ(to_ps(inferences[i].end), (static_cast<std::int64_t>(i) + 1) * one);
  }
  EXPECT_EQ(to_ps(results[1].latency), 7 * one);
  EXPECT_EQ(results[1].streams[0].dram, results[0].streams[0].dram.times(7));
  EXPECT_NEAR(results[1].energy.total().ratio(results[0].energy.total()), 7, 1e-9);
}

/// Inferences that come when the one before is done know nothing of it.
TEST(Platform, InferencesFarApartAreAsOne) {
  const Planned planned(models::test::residual_chain(), "edge_tpu", "mensa", Concurrency::kLayers,
                        kNothingStays);
  Simulation apart = simulation(planned, ideal_memory());
  apart.streams[0].arrivals = {base::Seconds(0), base::Seconds(1e-3), base::Seconds(5e-3)};
  const std::vector<RunResult> results = simulate({simulation(planned, ideal_memory()), apart});
  ASSERT_LT(to_ps(results[0].latency), 1000000000);
  for (const InferenceRun& inference : results[1].streams[0].inferences) {
    EXPECT_EQ(inference.start, inference.arrival);
    EXPECT_EQ(to_ps(inference.end) - to_ps(inference.start), to_ps(results[0].latency));
  }
}

/// A chain that goes from one accelerator to the other and back: one inference gains nothing, a
/// stream of them keeps both at work.
TEST(Platform, LayersAtOnceRaiseAStreamsThroughput) {
  const Planned planned(chain(4), "mensa_g",
                        std::vector<std::string>{"pascal", "jacquard", "pascal", "jacquard"},
                        Concurrency::kLayers);
  const Schedule sequence =
      planned.with({"pascal", "jacquard", "pascal", "jacquard"}, Concurrency::kSequence);
  constexpr std::size_t kCount = 8;
  const std::vector<RunResult> results =
      simulate({Simulation{{stream(planned, sequence)}, {}},
                Simulation{{stream(planned, planned.schedule)}, {}},
                Simulation{{stream(planned, sequence, kCount)}, {}},
                Simulation{{stream(planned, planned.schedule, kCount)}, {}}});
  EXPECT_EQ(results[0].latency, results[1].latency);
  EXPECT_LT(results[3].latency.ratio(results[2].latency), 0.95);
  EXPECT_GE(results[3].latency.ratio(results[2].latency), 0.5);
  // What each inference moves does not depend on who else is there.
  for (const RunResult& result : {results[2], results[3]}) {
    EXPECT_EQ(result.streams[0].dram, results[0].streams[0].dram.times(kCount));
    for (std::size_t p = 0; p < result.ports.size(); ++p) {
      EXPECT_EQ(result.ports[p].read, results[0].ports[p].read * kCount);
      EXPECT_EQ(result.ports[p].written, results[0].ports[p].written * kCount);
    }
    for (std::size_t l = 0; l < result.layers.size(); ++l) {
      EXPECT_EQ(result.layers[l].cost.dram, results[0].layers[l].cost.dram);
    }
  }
  // Both accelerators at once can only be with two inferences in progress.
  const std::vector<InferenceRun>& inferences = results[3].streams[0].inferences;
  EXPECT_LT(inferences[1].start, inferences[0].end);
}

TEST(Platform, GrainsAgreeWhereThereAreFewTiles) {
  const Planned planned(branches(), "mensa_g", kBranchesAssignment, Concurrency::kLayers);
  const Planned recurrent(lstm(), "edge_tpu", "mensa", Concurrency::kSequence);
  SimulationOptions coalesced;
  coalesced.grain = Grain::kCoalesced;
  SimulationOptions fine;
  fine.grain = Grain::kFine;
  const std::vector<RunResult> results =
      simulate({simulation(planned, coalesced, 2), simulation(planned, fine, 2),
                simulation(recurrent, coalesced), simulation(recurrent, fine)});
  EXPECT_EQ(numbers(results[0]), numbers(results[1]));
  EXPECT_EQ(numbers(results[2]), numbers(results[3]));
}

TEST(Platform, BranchesInSequenceDoNotLock) {
  const Planned planned(branches(), "mensa_g", kBranchesAssignment, Concurrency::kSequence);
  EXPECT_NO_THROW(static_cast<void>(simulate({simulation(planned, ideal_memory(), 2)})));
}

TEST(Platform, AResidualOverTwoAcceleratorsDoesNotLock) {
  const Planned planned(models::test::residual_chain(), "mensa_g",
                        std::vector<std::string>{"pascal", "pascal", "jacquard", "pascal"},
                        Concurrency::kLayers);
  EXPECT_NO_THROW(static_cast<void>(simulate({simulation(planned, ideal_memory(), 2)})));
}

TEST(Platform, BranchesFarApartAreAsOne) {
  const Planned planned(branches(), "mensa_g", kBranchesAssignment, Concurrency::kLayers);
  Simulation apart = simulation(planned, ideal_memory());
  apart.streams[0].arrivals = {base::Seconds(0), base::Seconds(1e-3), base::Seconds(5e-3)};
  const std::vector<RunResult> results = simulate({simulation(planned, ideal_memory()), apart});
  for (const InferenceRun& inference : results[1].streams[0].inferences) {
    EXPECT_EQ(to_ps(inference.end) - to_ps(inference.start), to_ps(results[0].latency));
  }
}

TEST(Platform, SimulationsKnowNothingOfOneAnother) {
  const Planned planned(chain(4), "mensa_g",
                        std::vector<std::string>{"pascal", "jacquard", "pavlov", "jacquard"},
                        Concurrency::kLayers);
  const Simulation one = simulation(planned, ideal_memory());
  const std::vector<RunResult> results =
      simulate({one, simulation(planned, ideal_memory(), 2), one});
  EXPECT_EQ(numbers(results[0]), numbers(results[2]));
}

}  // namespace
}  // namespace mensa::sim
