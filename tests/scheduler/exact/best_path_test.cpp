#include "scheduler/exact/best_path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scheduler/policies/policy.h"
#include "tests/scheduler/exact/small_problem.h"

namespace mensa::scheduler {
namespace {

using accelerators::Objective;
using test::BruteForce;
using test::kRounding;
using test::Random;
using test::SmallProblem;

/// What a policy's plan costs, as the schedule that is made of it.
double value_of(const SmallProblem& small, const Plan& plan) {
  return test::value_of(small.problem, small.costs.objective(), plan);
}

double value_of(const SmallProblem& small, const std::string& policy) {
  return value_of(small, make_policy(policy)->plan(small.problem));
}

Objective objective(std::size_t i) {
  constexpr Objective kObjectives[] = {Objective::kLatency, Objective::kEnergy, Objective::kEdp};
  return kObjectives[i % 3];
}

TEST(BestPlans, OfChainsAreThoseOfBruteForce) {
  const accelerators::System system = test::four_accelerators();
  const auto mappings = test::mappings_of(system);
  Random random(1);
  for (std::size_t i = 0; i < 300; ++i) {
    // Longer ones take brute force long: 4 accelerators ^ 6 layers, and what stays.
    const std::size_t layers = 1 + test::draw(random, i % 20 == 0 ? 8 : 5);
    const SmallProblem small(test::random_chain(random, layers), objective(i), mappings);
    const double best = BruteForce(small.problem).best();
    EXPECT_NEAR(value_of(small, "chain_dp"), best, best * kRounding) << "chain " << i;
    EXPECT_NEAR(value_of(small, "optimal"), best, best * kRounding) << "chain " << i;
  }
}

TEST(BestPlans, OfOtherGraphsAreThoseOfBruteForce) {
  const accelerators::System system = accelerators::load_system("mensa_g");
  const auto mappings = test::mappings_of(system);
  Random random(2);
  int better_than_chain_dp = 0;
  for (std::size_t i = 0; i < 100; ++i) {
    const std::size_t layers = 2 + test::draw(random, i % 20 == 0 ? 7 : 5);
    const SmallProblem small(test::random_dag(random, layers), objective(i), mappings);
    const double best = BruteForce(small.problem).best();
    const DecisionGraph graph(small.problem, DecisionGraph::Reach::kOneOrder, {});
    const BestPath found = best_path(graph, objective(i));
    EXPECT_NEAR(value_of(small, graph.plan(small.problem, found.arcs)), best, best * kRounding)
        << "graph " << i;
    const double chain = value_of(small, "chain_dp");
    EXPECT_GE(chain, best * (1 - kRounding));
    better_than_chain_dp += chain > best * (1 + kRounding) ? 1 : 0;
  }
  EXPECT_GT(better_than_chain_dp, 0);
}

TEST(BestPlans, OfAllOrdersAreThoseOfBruteForce) {
  const accelerators::System system = accelerators::load_system("mensa_g");
  const auto mappings = test::mappings_of(system);
  Random random(8);
  std::size_t orders = 0;
  int better_than_one_order = 0;
  for (std::size_t i = 0; i < 100; ++i) {
    const std::size_t layers = 2 + test::draw(random, i % 20 == 0 ? 6 : 4);
    const SmallProblem small(test::random_dag(random, layers), objective(i), mappings);
    BruteForce brute_force(small.problem);
    const double best = brute_force.best_of_all_orders();
    orders += brute_force.orders();
    EXPECT_NEAR(value_of(small, "optimal"), best, best * kRounding) << "graph " << i;
    better_than_one_order += brute_force.best() > best * (1 + kRounding) ? 1 : 0;
  }
  EXPECT_GT(orders, 300U);
  EXPECT_GT(better_than_one_order, 0);
}

TEST(BestPlans, AreNeverBeatenInSequence) {
  const accelerators::System system = accelerators::load_system("mensa_g");
  const auto mappings = test::mappings_of(system);
  Random random(3);
  for (std::size_t i = 0; i < 60; ++i) {
    const SmallProblem small(
        i % 2 == 0 ? test::random_dag(random, 20) : test::random_chain(random, 20),
        objective(i / 2), mappings);
    const double best = value_of(small, "optimal");
    for (const char* policy : {"mensa", "greedy", "chain_dp", "single:pascal", "single:jacquard"}) {
      EXPECT_GE(value_of(small, policy), best * (1 - kRounding)) << policy << ", graph " << i;
    }
  }
}

/// A recurrence: units that decide together, layers that take turns.
TEST(BestPlans, HoldWithRecurrences) {
  const accelerators::System system = accelerators::load_system("mensa_g");
  const auto mappings = test::mappings_of(system);
  for (const Objective each : {Objective::kLatency, Objective::kEnergy, Objective::kEdp}) {
    models::test::GraphBuilder build("lstms");
    models::TensorId x = build.input("input", {20, 1, 64});
    x = build.lstm("first", x, 64, 96, 20);
    const SmallProblem small(build.finish(build.lstm("second", x, 96, 32, 20)), each, mappings);
    // All assignments of the four units, residency by build_schedule's rule.
    double best = -1;
    const std::size_t units = small.problem.units().size();
    ASSERT_EQ(units, 4U);
    for (std::size_t n = 0; n < 81; ++n) {
      Assignment assignment(small.graph.layers().size());
      std::size_t rest = n;
      for (const SchedulingProblem::Unit& unit : small.problem.units()) {
        for (const models::LayerId id : unit) assignment[id.index()] = AcceleratorId(rest % 3);
        rest /= 3;
      }
      const Schedule schedule = build_schedule(small.problem, {assignment}, "test");
      const AnalyticCost cost = analytic_cost(small.problem, schedule);
      const double value = accelerators::score(each, cost.latency, cost.energy);
      if (best < 0 || value < best) best = value;
    }
    const double found = value_of(small, "optimal");
    EXPECT_LE(found, best * (1 + kRounding));
    // Nothing but outputs of the batched products can stay, which take part in a recurrence.
    EXPECT_NEAR(found, best, best * kRounding);
  }
}

TEST(DecisionGraph, OfAChainHasAStateForEachAcceleratorAndOneMore) {
  const accelerators::System system = test::four_accelerators();
  Random random(5);
  const SmallProblem small(test::random_chain(random, 12), Objective::kEdp,
                           test::mappings_of(system));
  const DecisionGraph graph(small.problem, DecisionGraph::Reach::kAllOrders, {});
  ASSERT_TRUE(graph.complete());
  EXPECT_EQ(graph.positions().size(), 13U);
  for (const auto& states : graph.positions()) EXPECT_LE(states.size(), 5U);
  EXPECT_EQ(graph.positions().front().size(), 1U);
  EXPECT_EQ(graph.positions().back().size(), 1U);
}

TEST(DecisionGraph, StopsAtTooManyStates) {
  const accelerators::System system = test::four_accelerators();
  Random random(6);
  const SmallProblem small(test::random_chain(random, 12), Objective::kEdp,
                           test::mappings_of(system));
  using Reach = DecisionGraph::Reach;
  EXPECT_FALSE(DecisionGraph(small.problem, Reach::kOneOrder, {.states = 2}).complete());
  EXPECT_FALSE(DecisionGraph(small.problem, Reach::kOneOrder, {.arcs = 20}).complete());
}

}  // namespace
}  // namespace mensa::scheduler
