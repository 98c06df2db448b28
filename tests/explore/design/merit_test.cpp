#include "explore/design/merit.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

namespace mensa::explore {
namespace {

using accelerators::Objective;

TEST(Merit, IsTheWeightedGeometricMean) {
  const std::vector<TimeEnergy> costs = {{2, 3}, {8, 5}};
  EXPECT_DOUBLE_EQ(std::exp(Merit(Objective::kLatency, {1, 1}).of(costs)), 4);
  EXPECT_DOUBLE_EQ(std::exp(Merit(Objective::kEnergy, {1, 1}).of(costs)), std::sqrt(15.0));
  EXPECT_DOUBLE_EQ(std::exp(Merit(Objective::kEdp, {1, 1}).of(costs)), std::sqrt(240.0));
  EXPECT_DOUBLE_EQ(std::exp(Merit(Objective::kLatency, {3, 1}).of(costs)), std::pow(2, 1.5));
}

/// How models are measured, or how many of them there are of a kind, makes no difference to which
/// of two designs is better, nor to by how much.
RC_GTEST_PROP(Merit, RatiosDoNotDependOnUnits, ()) {
  const auto cost = rc::gen::map(rc::gen::inRange(1, 1000), [](int value) { return 1e-3 * value; });
  const Merit merit(Objective::kEdp, {1, 2});
  const std::vector<TimeEnergy> a = {{*cost, *cost}, {*cost, *cost}};
  const std::vector<TimeEnergy> b = {{*cost, *cost}, {*cost, *cost}};
  const double scale = *cost;
  auto scaled = [&](std::vector<TimeEnergy> costs) {
    costs[0].time *= scale;
    return costs;
  };
  const double before = merit.of(a) - merit.of(b);
  const double after = merit.of(scaled(a)) - merit.of(scaled(b));
  RC_ASSERT(std::abs(before - after) < 1e-9);
}

RC_GTEST_PROP(Merit, ChangesToFirstOrder, ()) {
  const auto objective =
      *rc::gen::element(Objective::kLatency, Objective::kEnergy, Objective::kEdp);
  const Merit merit(objective, {1});
  const TimeEnergy now{*rc::gen::inRange(1, 100) * 1.0, *rc::gen::inRange(1, 100) * 1.0};
  constexpr double kSmall = 1e-6;
  const TimeEnergy by{now.time * kSmall, now.energy * 2 * kSmall};
  TimeEnergy then = now;
  then += by;
  const double exact = merit.of(then) - merit.of(now);
  RC_ASSERT(std::abs(exact - merit.change(now, by, 1)) < 1e-10);
}

TEST(Merit, WorseIsAShare) {
  EXPECT_DOUBLE_EQ(worse_by(std::log(3), std::log(2)), 0.5);
  EXPECT_NEAR(worse_by(std::log(1), std::log(2)), -0.5, 1e-12);
}

}  // namespace
}  // namespace mensa::explore
