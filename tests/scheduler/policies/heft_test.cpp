#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scheduler/policies/policy.h"
#include "tests/scheduler/exact/small_problem.h"

namespace mensa::scheduler {
namespace {

using accelerators::Objective;
using models::TensorId;
using models::test::GraphBuilder;
using test::Random;
using test::SmallProblem;

Schedule schedule_by(const SchedulingProblem& problem, const std::string& policy) {
  Schedule schedule = build_schedule(problem, make_policy(policy)->plan(problem), policy);
  EXPECT_THAT(violations(problem, schedule), testing::IsEmpty());
  return schedule;
}

/// Two towers of equal layers that never meet but in the end.
models::Graph two_towers(int depth) {
  GraphBuilder build("towers");
  const TensorId x = build.input("input", {1, 64, 16, 16});
  std::vector<TensorId> ends;
  for (const char* tower : {"a", "b"}) {
    TensorId at = x;
    for (int i = 0; i < depth; ++i) at = build.pointwise(tower + std::to_string(i), at, 64, 64, 16);
    ends.push_back(at);
  }
  return build.finish(build.elementwise("join", ends, 64 * 256));
}

/// The same accelerator twice, under two names.
accelerators::System twins() {
  accelerators::System system = accelerators::load_system("mensa_g");
  system.accelerators.resize(1);
  system.accelerators.push_back(system.accelerators.front());
  system.accelerators.back().id = AcceleratorId(1);
  system.accelerators.back().name = "twin";
  return system;
}

TEST(Heft, RunsTowersOnTwinsAtOnce) {
  const accelerators::System system = twins();
  const SmallProblem small(two_towers(6), Objective::kLatency, test::mappings_of(system));
  const SchedulingProblem at_once = small.problem.with(Concurrency::kLayers);
  const Schedule alone = schedule_by(at_once, "single:pascal");
  const Schedule both = schedule_by(at_once, "heft");
  const base::Seconds join = both.layers.back().end - both.layers.back().start;
  // The towers take half as long beside each other; the join waits for the slower one.
  EXPECT_NEAR((both.latency - join).ratio(alone.latency - join), 0.5, 0.05);
  EXPECT_NE(both.at(models::LayerId(0)).accelerator, both.at(models::LayerId(6)).accelerator);
  for (std::size_t i = 1; i < 6; ++i) {
    // A move would send the tensor through DRAM.
    EXPECT_EQ(both.at(models::LayerId(i)).accelerator, both.at(models::LayerId(0)).accelerator);
  }
}

TEST(Heft, FillsTheGapThatAWaitLeaves) {
  GraphBuilder build("gap");
  const TensorId x = build.input("input", {1, 64, 16, 16});
  // The long way is ranked first; where it waits for another accelerator, others find room.
  const TensorId big = build.pointwise("big", x, 64, 1024, 16);
  const TensorId back = build.pointwise("back", big, 1024, 64, 16);
  const TensorId small = build.pointwise("small", x, 64, 16, 16);
  const TensorId wide = build.pointwise("wide", small, 16, 64, 16);
  const accelerators::System system = twins();
  const SmallProblem problem(build.finish(build.elementwise("join", {back, wide}, 64 * 256)),
                             Objective::kLatency, test::mappings_of(system));
  const SchedulingProblem at_once = problem.problem.with(Concurrency::kLayers);
  const Schedule schedule = schedule_by(at_once, "heft");
  const base::Seconds critical = schedule_by(at_once, "single:pascal").latency;
  EXPECT_LT(schedule.latency, critical);
}

/// In sequence it is one more policy, and below no bound.
TEST(Heft, PlansAreValidAndNoBetterThanTheOptimumInSequence) {
  const accelerators::System system = accelerators::load_system("mensa_g");
  const auto mappings = test::mappings_of(system);
  Random random(11);
  for (std::size_t i = 0; i < 60; ++i) {
    constexpr Objective kObjectives[] = {Objective::kLatency, Objective::kEnergy, Objective::kEdp};
    const Objective objective = kObjectives[i % 3];
    const SmallProblem small(test::random_dag(random, 15), objective, mappings);
    const auto value = [&](const std::string& policy) {
      const AnalyticCost cost = analytic_cost(small.problem, schedule_by(small.problem, policy));
      return accelerators::score(objective, cost.latency, cost.energy);
    };
    EXPECT_GE(value("heft"), value("optimal") * (1 - 1e-9));
    EXPECT_LE(schedule_by(small.problem.with(Concurrency::kLayers), "heft").latency,
              schedule_by(small.problem, "heft").latency * 1.5);
  }
}

TEST(Heft, PlansRecurrences) {
  const accelerators::System system = accelerators::load_system("mensa_g");
  GraphBuilder build("lstms");
  const TensorId x = build.input("input", {20, 1, 64});
  const TensorId a = build.lstm("first", x, 64, 96, 20);
  const TensorId b = build.lstm("second", x, 64, 96, 20);
  const SmallProblem small(build.finish(build.elementwise("join", {a, b}, 20 * 96)),
                           Objective::kEdp, test::mappings_of(system));
  for (const Concurrency each : {Concurrency::kSequence, Concurrency::kLayers}) {
    const Schedule schedule = schedule_by(small.problem.with(each), "heft");
    EXPECT_GT(schedule.latency, base::Seconds(0));
  }
}

}  // namespace
}  // namespace mensa::scheduler
