#include "scheduler/uncertainty/repricing.h"

#include <gtest/gtest.h>

#include "accelerators/spec/loader.h"
#include "scheduler/policies/policy.h"
#include "tests/scheduler/uncertainty/mixed_graph.h"

namespace mensa::scheduler {
namespace {

Schedule scheduled(const SchedulingProblem& problem, const char* policy) {
  return build_schedule(problem, make_policy(policy)->plan(problem), policy);
}

TEST(Repricing, WithTheSameFiguresIsWhatTheScheduleTakes) {
  const models::Graph graph = test::mixed_graph();
  for (const char* name : {"mensa_g", "edge_tpu", "eyeriss_v2", "nvdla"}) {
    const accelerators::System system = accelerators::load_system(name);
    CostTable costs(graph, system, accelerators::Objective::kEdp);
    for (const Concurrency concurrency : {Concurrency::kSequence, Concurrency::kLayers}) {
      const SchedulingProblem problem(costs, concurrency);
      for (const char* policy : {"mensa", "greedy"}) {
        const Schedule schedule = scheduled(problem, policy);
        const AnalyticCost own = analytic_cost(problem, schedule);
        Repricing repricing(problem, schedule);
        for (int again = 0; again < 2; ++again) {
          const AnalyticCost same = repricing.cost(system);
          EXPECT_EQ(same.latency, own.latency) << name << " " << policy;
          EXPECT_EQ(same.energy, own.energy) << name << " " << policy;
        }
      }
    }
  }
}

/// In sequence every block waits for its own launch, whoever runs it.
TEST(Repricing, CountsLaunchesAsBlocks) {
  const models::Graph graph = test::mixed_graph();
  const accelerators::System system = accelerators::load_system("edge_tpu");
  CostTable costs(graph, system, accelerators::Objective::kEdp);
  const SchedulingProblem problem(costs);
  const Schedule schedule = scheduled(problem, "mensa");
  accelerators::System slower = system;
  slower.accelerators.front().launch_overhead = base::Seconds(3e-6);
  const AnalyticCost cost = Repricing(problem, schedule).cost(slower);
  EXPECT_NEAR((cost.latency - schedule.latency).value(),
              3e-6 * static_cast<double>(schedule.blocks.size()), 1e-12);
  EXPECT_EQ(cost.energy, analytic_cost(problem, schedule).energy);
}

/// Ten thousand operations of the host take 10 us at 1 GHz, far more than their bytes.
TEST(Repricing, TakesTheHostsRate) {
  models::test::GraphBuilder build("sum");
  const models::TensorId image = build.input("image", {1, 64, 10, 10});
  const models::TensorId a = build.pointwise("one", image, 64, 100, 10);
  const models::TensorId b = build.pointwise("two", a, 100, 100, 10);
  const models::Graph graph = build.finish(build.elementwise("sum", {a, b}, 10'000));
  const accelerators::System system =
      accelerators::load_system("edge_tpu", {{"accelerators.edge_tpu.vector_lanes", "0"}});
  CostTable costs(graph, system, accelerators::Objective::kEdp);
  const SchedulingProblem problem(costs);
  const Schedule schedule = scheduled(problem, "mensa");
  ASSERT_EQ(schedule.layers.back().accelerator, costs.host());
  Repricing repricing(problem, schedule);
  EXPECT_EQ(repricing.cost(system).latency, schedule.latency);
  accelerators::System slower = system;
  slower.host.operations_per_second = system.host.operations_per_second / 3;
  EXPECT_NEAR((repricing.cost(slower).latency - schedule.latency).value(), 20e-6, 1e-6);
}

/// Doubling a port's energy per bit adds what moved through it once more, on the layers that move
/// it; the schedule stays, though another might now be better.
TEST(Repricing, PricesWhatEveryLayerMoves) {
  const models::Graph graph = test::mixed_graph();
  const accelerators::System system = accelerators::load_system("edge_tpu");
  CostTable costs(graph, system, accelerators::Objective::kEdp);
  const SchedulingProblem problem(costs);
  const Schedule schedule = scheduled(problem, "mensa");
  base::Bytes moved;
  for (const ScheduledLayer& entry : schedule.layers) {
    const accelerators::LayerCost& cost =
        costs.find(entry.layer, entry.accelerator, entry.residency)->cost;
    moved += cost.dram.read() + cost.dram.write();
  }
  ASSERT_GT(moved, base::Bytes(0));
  accelerators::System dearer = system;
  dearer.ports.front().energy_per_bit.nominal = base::Picojoules(16);
  const AnalyticCost cost = Repricing(problem, schedule).cost(dearer);
  EXPECT_EQ(cost.latency, schedule.latency);
  const double more = (cost.energy - analytic_cost(problem, schedule).energy).value();
  EXPECT_NEAR(more, 8 * 8 * static_cast<double>(moved.value()), 1e-9 * more);
}

}  // namespace
}  // namespace mensa::scheduler
