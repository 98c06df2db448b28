#include "scheduler/exact/sequential_optimum.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scheduler/policies/policy.h"
#include "tests/scheduler/exact/small_problem.h"

namespace mensa::scheduler {
namespace {

using accelerators::Objective;
using test::kRounding;
using test::Random;
using test::SmallProblem;

constexpr double kSolverTolerance = 1e-5;

/// Each way to find it answers for fewer schedules than the one before, and says so.
TEST(SequentialOptimum, NarrowsWithItsLimits) {
  const accelerators::System system = accelerators::load_system("mensa_g");
  const auto mappings = test::mappings_of(system);
  Random random(31);
  int narrower = 0;
  for (std::size_t i = 0; i < 12; ++i) {
    const SmallProblem small(test::random_dag(random, 12), Objective::kEdp, mappings);
    const DecisionGraph one(small.problem, DecisionGraph::Reach::kOneOrder, {});
    std::size_t states = 0;
    for (const auto& position : one.positions()) states = std::max(states, position.size());
    const SequentialOptimum all_orders(small.problem);
    const SequentialOptimum one_order(small.problem, {.states = {.states = states}, .program = {}});
    const SequentialOptimum program(small.problem, {.states = {.states = 1}, .program = {}});
    const SequentialOptimum cut(small.problem,
                                {.states = {.states = 1}, .program = {.time = base::Seconds(0)}});
    for (const Objective each : accelerators::kAllObjectives) {
      const auto best = all_orders.find(each);
      EXPECT_EQ(best.bound.kind, BoundKind::kOptimum);
      EXPECT_NEAR(test::value_of(small.problem, each, best.plan), best.bound.value,
                  best.bound.value * kRounding);

      const auto in_order = one_order.find(each);
      if (in_order.bound.kind == BoundKind::kOptimumInOrder) {
        EXPECT_GE(in_order.bound.value, best.bound.value * (1 - kRounding));
        ++narrower;
      }
      const auto solved = program.find(each);
      EXPECT_EQ(solved.bound.kind, BoundKind::kOptimumInOrder);
      EXPECT_NEAR(test::value_of(small.problem, each, solved.plan), solved.bound.value,
                  solved.bound.value * kRounding);
      if (in_order.bound.kind == BoundKind::kOptimumInOrder) {
        EXPECT_NEAR(solved.bound.value, in_order.bound.value,
                    in_order.bound.value * kSolverTolerance);
      }
      const auto stopped = cut.find(each);
      EXPECT_LE(stopped.bound.value, solved.bound.value * (1 + kRounding));
      EXPECT_GE(test::value_of(small.problem, each, stopped.plan),
                solved.bound.value * (1 - kSolverTolerance));
    }
    EXPECT_EQ(all_orders.bounds().at(Objective::kEdp).value,
              all_orders.find(Objective::kEdp).bound.value);
  }
  EXPECT_GT(narrower, 0);
}

/// More branches than the states of their combinations allow for.
TEST(SequentialOptimum, OfAWideModelIsAnIntegerProgram) {
  const accelerators::System system = accelerators::load_system("mensa_g");
  models::test::GraphBuilder build("wide");
  const models::TensorId x = build.input("input", {1, 64, 8, 8});
  std::vector<models::TensorId> ends;
  for (int i = 0; i < 90; ++i) {
    const auto a = build.pointwise("a" + std::to_string(i), x, 64, 64, 8);
    ends.push_back(build.pointwise("b" + std::to_string(i), a, 64, 64, 8));
  }
  const SmallProblem small(build.finish(build.elementwise("join", ends, 64 * 64)), Objective::kEdp,
                           test::mappings_of(system));
  const auto best = SequentialOptimum(small.problem).find(Objective::kEdp);
  EXPECT_EQ(best.bound.kind, BoundKind::kOptimumInOrder);
  EXPECT_NEAR(test::value_of(small.problem, Objective::kEdp, best.plan), best.bound.value,
              best.bound.value * kRounding);
  for (const char* policy : {"mensa", "greedy", "chain_dp"}) {
    EXPECT_GE(
        test::value_of(small.problem, Objective::kEdp, make_policy(policy)->plan(small.problem)),
        best.bound.value * (1 - kSolverTolerance));
  }
}

}  // namespace
}  // namespace mensa::scheduler
