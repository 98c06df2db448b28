#include "sim/engine/block_observer.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "accelerators/spec/loader.h"
#include "scheduler/policies/policy.h"
#include "sim/engine/simulate.h"
#include "tests/support/test_graphs.h"

namespace mensa::sim {
namespace {

class Listener : public BlockObserver {
 public:
  void block_begins(std::size_t stream, const BlockProgram& block) override {
    for (const LayerProgram& layer : block.layers) heard.emplace_back(stream, layer.layer.index());
  }
  std::vector<std::pair<std::size_t, std::size_t>> heard;  ///< stream and layer
};

TEST(BlockObserver, IsToldOfEveryBlockOfEveryInference) {
  const models::Graph graph = models::test::residual_chain();
  const accelerators::System system = accelerators::load_system("edge_tpu");
  accelerators::CostTable costs(graph, system, accelerators::Objective::kEdp);
  const scheduler::SchedulingProblem problem(costs);
  const scheduler::Schedule schedule =
      scheduler::build_schedule(problem, scheduler::make_policy("greedy")->plan(problem), "greedy");
  Listener listener;
  SimulationOptions options;
  options.observer = &listener;
  const std::vector<base::Seconds> twice = {base::Seconds(0), base::Seconds(0.01)};
  const std::vector<base::Seconds> between = {base::Seconds(0.005)};
  static_cast<void>(simulate(
      {Simulation{{{&problem, &schedule, twice}, {&problem, &schedule, between}}, options}}));

  std::vector<std::pair<std::size_t, std::size_t>> expected;
  for (const std::size_t stream : {0U, 1U, 0U}) {
    for (const scheduler::Block& block : schedule.blocks) {
      for (const models::LayerId layer : block.layers) expected.emplace_back(stream, layer.index());
    }
  }
  EXPECT_EQ(listener.heard, expected);
}

}  // namespace
}  // namespace mensa::sim
