#include "scheduler/problem/analytic_interval.h"

#include <gtest/gtest.h>

#include "tests/scheduler/exact/small_problem.h"

namespace mensa::scheduler {
namespace {

using accelerators::Objective;
using models::TensorId;
using models::test::GraphBuilder;
using test::SmallProblem;

class Interval : public ::testing::Test {
 protected:
  Interval()
      : system_(accelerators::load_system("mensa_g")),
        small_(chain(), Objective::kLatency, test::mappings_of(system_)) {}

  static models::Graph chain() {
    GraphBuilder build("chain");
    TensorId at = build.input("input", {1, 64, 8, 8});
    for (const char* name : {"a", "b", "c"}) at = build.pointwise(name, at, 64, 64, 8);
    return build.finish(at);
  }
  Schedule schedule(const std::vector<std::string>& names, Concurrency concurrency,
                    const std::vector<std::string>& kept = {}) {
    Plan plan;
    for (const std::string& name : names) plan.assignment.push_back(system_.accelerator(name).id);
    plan.kept.emplace();
    for (const models::Tensor& tensor : small_.graph.tensors()) {
      const auto writer = small_.graph.producer(tensor.id);
      if (!writer) continue;
      for (const std::string& name : kept) {
        if (small_.graph.layer(*writer).name == name) plan.kept->push_back(tensor.id);
      }
    }
    return build_schedule(small_.problem.with(concurrency), plan, "test");
  }
  base::Seconds length(const Schedule& schedule, std::size_t layer) {
    return schedule.layers[layer].end - schedule.layers[layer].start;
  }
  base::Seconds interval(const Schedule& schedule) {
    return analytic_interval(small_.problem, schedule);
  }

  accelerators::System system_;
  SmallProblem small_;
};

TEST_F(Interval, InSequenceIsTheLatency) {
  const Schedule each = schedule({"pascal", "jacquard", "pascal"}, Concurrency::kSequence);
  EXPECT_EQ(interval(each), each.latency);
}

TEST_F(Interval, IsWhatTheBusiestAcceleratorTakes) {
  const Schedule each = schedule({"pascal", "jacquard", "pascal"}, Concurrency::kLayers);
  EXPECT_DOUBLE_EQ(interval(each).value(),
                   std::max(length(each, 0) + length(each, 2), length(each, 1)).value());
  EXPECT_LT(interval(each), each.latency);
}

TEST_F(Interval, IsTheLatencyOfAChainThatStaysOnChip) {
  const Schedule each = schedule({"pascal", "pascal", "pascal"}, Concurrency::kLayers, {"a", "b"});
  EXPECT_DOUBLE_EQ(interval(each).value(), each.latency.value());
}

/// a stays on Pascal for the join, which waits for b on Jacquard: Pascal is held all the while.
TEST(AnalyticInterval, CountsTheWaitOfAHeldAccelerator) {
  const accelerators::System system = accelerators::load_system("mensa_g");
  GraphBuilder build("held");
  const TensorId x = build.input("input", {1, 64, 8, 8});
  const TensorId a = build.pointwise("a", x, 64, 64, 8);
  const TensorId b = build.pointwise("b", x, 64, 64, 8);
  const SmallProblem small(build.finish(build.elementwise("join", {a, b}, 64 * 64)),
                           Objective::kLatency, test::mappings_of(system));
  const AcceleratorId pascal = system.accelerator("pascal").id;
  const AcceleratorId jacquard = system.accelerator("jacquard").id;
  const auto schedule = [&](bool keep) {
    Plan plan{{pascal, jacquard, pascal}, std::nullopt, std::vector<TensorId>{}};
    if (keep) plan.kept->push_back(a);
    return build_schedule(small.problem.with(Concurrency::kLayers), plan, "test");
  };
  const Schedule kept = schedule(true);
  ASSERT_GT(kept.layers[2].start, kept.layers[0].end) << "no wait to look at";
  EXPECT_DOUBLE_EQ(analytic_interval(small.problem, kept).value(), kept.latency.value());
  const Schedule written = schedule(false);
  EXPECT_LT(analytic_interval(small.problem, written), written.latency);
}

TEST(AnalyticInterval, OfAStreamIsBetweenItsInferences) {
  const accelerators::System system = accelerators::load_system("mensa_g");
  GraphBuilder build("one");
  const TensorId x = build.input("input", {1, 64, 8, 8});
  const models::Graph graph = build.finish(build.pointwise("a", x, 64, 64, 8));
  CostTable costs(graph, Objective::kLatency, test::mappings_of(system));
  const SchedulingProblem problem(costs, Concurrency::kLayers, 5);
  const Schedule schedule = build_schedule(problem, {{AcceleratorId(0)}}, "test");
  const AnalyticCost one = analytic_cost(problem, schedule);
  const AnalyticCost all = analytic_stream_cost(problem, schedule);
  EXPECT_DOUBLE_EQ(all.latency.value(), 5 * one.latency.value());
  EXPECT_DOUBLE_EQ(all.energy.value(), 5 * one.energy.value());
}

}  // namespace
}  // namespace mensa::scheduler
