// Whole simulations: nothing is lost, nothing is random, and streams of inferences do what single
// ones do.

#include "sim/platform/platform.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "sim/modules/sc_time_tools.h"
#include "tests/sim/platform/planned.h"

namespace mensa::sim {
namespace {

using accelerators::CostTable;
using accelerators::Objective;
using scheduler::Concurrency;
using scheduler::Schedule;
using scheduler::SchedulingProblem;
using test::branches;
using test::chain;
using test::ideal_memory;
using test::kBranchesAssignment;
using test::kNothingStays;
using test::lstm;
using test::numbers;
using test::Planned;
using test::simulation;
using testing::Contains;
using testing::Gt;
using testing::SizeIs;

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

TEST(Platform, APortMayHaveNoUser) {
  const Planned planned(
      chain(2), "mensa_g", "single:pascal", Concurrency::kSequence,
      {{"accelerators.pascal.port", "stack.logic_layer"}, {"host.port", "stack.logic_layer"}});
  const RunResult result = simulate({simulation(planned)}).front();
  ASSERT_THAT(result.ports, SizeIs(2));
  EXPECT_EQ(planned.system.ports[0].name, "external");
  EXPECT_EQ(result.ports[0].read + result.ports[0].written, base::Bytes(0));
  EXPECT_GT(result.ports[1].read, base::Bytes(0));
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
  const SchedulingProblem first_problem(first_costs, Concurrency::kLayers);
  const SchedulingProblem second_problem(second_costs, Concurrency::kLayers);
  const auto ids = [&](const std::vector<std::string>& names) {
    scheduler::Assignment list;
    for (const std::string& name : names) list.push_back(system.accelerator(name).id);
    return list;
  };
  const Schedule first_schedule =
      scheduler::build_schedule(first_problem, {ids(kBranchesAssignment)}, "test");
  const Schedule second_schedule =
      scheduler::build_schedule(second_problem, {ids({"jacquard", "pavlov", "pascal"})}, "test");
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
