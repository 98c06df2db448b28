// Several models in one problem: what policies make of their deadlines.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/graph/join.h"
#include "scheduler/policies/policy.h"
#include "tests/scheduler/exact/small_problem.h"

namespace mensa::scheduler {
namespace {

using accelerators::Objective;
using models::TensorId;
using models::test::GraphBuilder;
using test::SmallProblem;
using Part = SchedulingProblem::Part;

constexpr std::size_t kLong = 6;
constexpr std::size_t kShort = 2;

models::Graph chain(const std::string& name, std::size_t layers) {
  GraphBuilder build(name);
  TensorId at = build.input("input", {1, 64, 16, 16});
  for (std::size_t i = 0; i < layers; ++i) {
    at = build.pointwise(name + std::to_string(i), at, 64, 64, 16);
  }
  return build.finish(at);
}

models::Graph two_models() {
  const models::Graph first = chain("long", kLong);
  const models::Graph second = chain("short", kShort);
  return models::join("models", {{"long", &first}, {"short", &second}});
}

class Parts : public ::testing::Test {
 protected:
  Parts()
      : system_(only_pascal()),
        small_(two_models(), Objective::kLatency, test::mappings_of(system_)) {}

  static accelerators::System only_pascal() {
    accelerators::System system = accelerators::load_system("mensa_g");
    system.accelerators.resize(1);
    return system;
  }
  Schedule schedule(const std::string& policy, const std::vector<Part>& parts) {
    const SchedulingProblem problem = small_.problem.with(Concurrency::kLayers).with_parts(parts);
    Schedule schedule = build_schedule(problem, make_policy(policy)->plan(problem), policy);
    EXPECT_THAT(violations(problem, schedule), testing::IsEmpty());
    return schedule;
  }
  static base::Seconds end_of_short(const Schedule& schedule) { return schedule.layers.back().end; }
  static base::Seconds end_of_long(const Schedule& schedule) {
    return schedule.layers[kLong - 1].end;
  }

  accelerators::System system_;
  SmallProblem small_;
};

TEST_F(Parts, HeftPlacesTheEarliestDeadlineFirst) {
  const Schedule any = schedule("heft", {{0}, {kLong}});
  EXPECT_LT(end_of_long(any), any.latency) << "the longest way first";
  const Schedule urgent = schedule("heft", {{0}, {kLong, base::Seconds(1)}});
  EXPECT_LT(end_of_short(urgent), urgent.latency);
  const Schedule both = schedule("heft", {{0, base::Seconds(0.5)}, {kLong, base::Seconds(1)}});
  EXPECT_LT(end_of_long(both), both.latency);
}

TEST_F(Parts, SearchMeetsDeadlinesWhereItCan) {
  const base::Seconds alone = end_of_short(schedule("heft", {{0}, {kLong, base::Seconds(1)}}));
  const base::Seconds long_alone = end_of_long(schedule("heft", {{0}, {kLong}}));
  const Schedule first = schedule("search:iterations=2000", {{0}, {kLong, alone * (1 + 1e-9)}});
  EXPECT_LE(end_of_short(first), alone * (1 + 1e-9));
  const Schedule second =
      schedule("search:iterations=2000", {{0, long_alone * (1 + 1e-9)}, {kLong}});
  EXPECT_LE(end_of_long(second), long_alone * (1 + 1e-9));
}

/// Of two models that take turns on one accelerator, a short one first costs the long one little.
TEST_F(Parts, SearchCountsAShortModelAsMuchAsALongOne) {
  const Schedule both = schedule("search:iterations=2000", {{0}, {kLong}});
  EXPECT_LT(end_of_short(both), both.latency);
}

}  // namespace
}  // namespace mensa::scheduler
