#include "scheduler/exact/bound.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scheduler/exact/sequential_optimum.h"
#include "scheduler/policies/policy.h"
#include "tests/scheduler/exact/small_problem.h"

namespace mensa::scheduler {
namespace {

using accelerators::Objective;
using test::kRounding;
using test::Random;
using test::SmallProblem;

double value_of(const SmallProblem& small, const std::string& policy, Objective objective,
                Concurrency concurrency) {
  const SchedulingProblem problem = small.problem.with(concurrency);
  const Plan plan = make_policy(policy)->plan(problem);
  const AnalyticCost cost = analytic_cost(problem, build_schedule(problem, plan, policy));
  return accelerators::score(objective, cost.latency, cost.energy);
}

TEST(Bounds, NoPolicyGoesBelowThem) {
  const accelerators::System system = accelerators::load_system("mensa_g");
  const auto mappings = test::mappings_of(system);
  Random random(7);
  for (std::size_t i = 0; i < 40; ++i) {
    const SmallProblem small(
        i % 2 == 0 ? test::random_dag(random, 12) : test::random_chain(random, 12), Objective::kEdp,
        mappings);
    const Bounds relaxed = relaxed_bounds(small.problem);
    const Bounds concurrent = relaxed_bounds(small.problem.with(Concurrency::kLayers));
    const Bounds best = SequentialOptimum(small.problem).bounds();
    for (const Objective each : accelerators::kAllObjectives) {
      EXPECT_EQ(best.at(each).kind, BoundKind::kOptimum);
      EXPECT_GT(relaxed.at(each).value, 0);
      EXPECT_LE(relaxed.at(each).value, best.at(each).value);
      EXPECT_LE(concurrent.at(each).value, relaxed.at(each).value * (1 + kRounding));
      for (const char* policy : {"mensa", "greedy", "chain_dp", "optimal"}) {
        EXPECT_GE(value_of(small, policy, each, Concurrency::kSequence),
                  best.at(each).value * (1 - kRounding))
            << policy;
        EXPECT_GE(value_of(small, policy, each, Concurrency::kLayers),
                  concurrent.at(each).value * (1 - kRounding))
            << policy;
      }
    }
    EXPECT_NEAR(value_of(small, "optimal", Objective::kEdp, Concurrency::kSequence),
                best.at(Objective::kEdp).value, best.at(Objective::kEdp).value * kRounding);
  }
}

/// The relaxation is of each layer on each accelerator, whatever stays on chip.
TEST(LeastCosts, NoEvaluationGoesBelowThem) {
  const accelerators::System system = accelerators::load_system("mensa_g");
  const auto mappings = test::mappings_of(system);
  Random random(8);
  models::test::GraphBuilder build("lstm");
  const models::TensorId x = build.input("input", {20, 1, 64});
  std::vector<models::Graph> graphs;
  graphs.push_back(build.finish(build.lstm("lstm", x, 64, 96, 20)));
  for (int i = 0; i < 10; ++i) graphs.push_back(test::random_dag(random, 10));
  for (int i = 0; i < 10; ++i) graphs.push_back(test::random_chain(random, 10));
  std::size_t compared = 0;
  double tightest = 0;
  for (models::Graph& graph : graphs) {
    SmallProblem small(std::move(graph), Objective::kEdp, mappings);
    for (const models::Layer& layer : small.graph.layers()) {
      for (std::size_t a = 0; a <= system.accelerators.size(); ++a) {
        const AcceleratorId id(a);
        const auto least = small.costs.at_least(layer.id, id);
        for (unsigned inputs = 0; inputs < 4; ++inputs) {
          for (const bool output : {false, true}) {
            LayerResidency residency;
            residency.inputs = inputs;
            residency.output = output;
            const auto* found = small.costs.find(layer.id, id, residency);
            if (found == nullptr) continue;
            ASSERT_TRUE(least.has_value());
            ++compared;
            EXPECT_LE(least->time.value(), found->cost.time.value() * (1 + kRounding))
                << layer.name << " on " << a;
            EXPECT_LE(least->energy.value(), found->cost.energy.total().value() * (1 + kRounding))
                << layer.name << " on " << a;
            tightest =
                std::max(tightest, least->energy.value() / found->cost.energy.total().value());
          }
        }
      }
    }
  }
  EXPECT_GT(compared, 1000U);
  EXPECT_GT(tightest, 0.9);
}

}  // namespace
}  // namespace mensa::scheduler
