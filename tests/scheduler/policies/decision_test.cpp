// Why policies decide as they do.

#include "scheduler/policies/decision.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>

#include "accelerators/spec/loader.h"
#include "scheduler/policies/policy.h"
#include "scheduler/problem/schedule.h"
#include "tests/support/test_graphs.h"

namespace mensa::scheduler {
namespace {

using accelerators::Objective;
using models::TensorId;
using models::test::GraphBuilder;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// A chain of convolutions and matrix-vector products of many sizes.
models::Graph random_chain(unsigned seed, std::size_t layers) {
  std::mt19937 random(seed);
  const auto one_of = [&](std::initializer_list<std::int64_t> values) {
    return *(values.begin() + static_cast<std::ptrdiff_t>(random() % values.size()));
  };
  GraphBuilder build("chain");
  std::int64_t channels = 64;
  std::int64_t side = 16;
  TensorId last = build.input("input", {1, channels, side, side});
  for (std::size_t i = 0; i < layers; ++i) {
    const std::string name = fmt::format("layer{}", i);
    if (i < layers / 2) {
      const std::int64_t filters = one_of({16, 64, 256});
      last = build.pointwise(name, last, channels, filters, side);
      channels = filters;
      continue;
    }
    const std::int64_t inputs = channels * side * side;
    const std::int64_t outputs = one_of({8, 128, 1024});
    last = build.mac(name, last, models::gemm_shape(1, outputs, inputs), {outputs, inputs},
                     {1, outputs});
    channels = outputs;
    side = 1;
  }
  return build.finish(last);
}

/// A problem that keeps what it refers to.
struct Case {
  Case(models::Graph of, Objective objective)
      : graph(std::move(of)),
        system(accelerators::load_system("mensa_g")),
        costs(graph, objective,
              std::make_shared<accelerators::MappingCache>(
                  system, accelerators::MapperOptions{accelerators::Effort::kFast})),
        problem(costs) {}

  [[nodiscard]] AcceleratorId chosen(const std::string& policy, std::size_t unit) const {
    return make_policy(policy)->plan(problem).assignment[problem.units()[unit].front().index()];
  }
  [[nodiscard]] Decision explain(const std::string& policy, std::size_t unit) const {
    const auto made = make_policy(policy);
    return made->explain(problem, made->plan(problem), unit);
  }
  [[nodiscard]] double value(const SchedulingProblem& of, const std::string& policy) const {
    const Plan plan = make_policy(policy)->plan(of);
    const AnalyticCost cost = analytic_cost(problem, build_schedule(problem, plan, policy));
    return accelerators::score(costs.objective(), cost.latency, cost.energy);
  }

  models::Graph graph;
  accelerators::System system;
  mutable CostTable costs;
  SchedulingProblem problem;
};

/// A compute-bound layer, a matrix-vector product of 4 M parameters, a small layer, a sum.
models::Graph four_layers() {
  GraphBuilder build("four");
  const TensorId x = build.input("input", {1, 64, 32, 32});
  const TensorId a = build.pointwise("conv", x, 64, 64, 32);
  const TensorId b = build.mac("fc", a, models::gemm_shape(1, 2048, 2048), {2048, 2048}, {1, 2048});
  const TensorId c = build.mac("small", b, models::gemm_shape(1, 8, 2048), {8, 2048}, {1, 8});
  return build.finish(build.elementwise("sum", {c}, 8));
}

TEST(Decision, OfGreedyIsTheNextBestScore) {
  for (const Objective objective : {Objective::kLatency, Objective::kEnergy, Objective::kEdp}) {
    const Case four(four_layers(), objective);
    std::vector<double> scores;
    for (const AcceleratorId id : four.problem.candidates(four.problem.units()[1])) {
      scores.push_back(four.problem.unit_score(four.problem.units()[1], id));
    }
    std::sort(scores.begin(), scores.end());
    const Decision decision = four.explain("greedy", 1);
    ASSERT_THAT(decision.flips, SizeIs(objective == Objective::kEdp ? 2 : 1));
    for (const Flip& flip : decision.flips) {
      ASSERT_THAT(flip.changes, SizeIs(1));
      EXPECT_NEAR(flip.changes[0].needed / flip.changes[0].now, scores[1] / scores[0], 1e-6);
      EXPECT_NE(flip.then, four.chosen("greedy", 1));
    }
    EXPECT_EQ(decision.flips.front().changes.front().what,
              objective == Objective::kEnergy ? "energy" : "time");
    EXPECT_THAT(decision.reasons, ElementsAre(HasSubstr("has the smallest")));
  }
}

TEST(Decision, WithoutMacsFollowsALayer) {
  const Case four(four_layers(), Objective::kEdp);
  for (const char* policy : {"greedy", "mensa"}) {
    const Decision decision = four.explain(policy, 3);
    EXPECT_THAT(decision.reasons, ElementsAre(HasSubstr("follows layer 'small'"))) << policy;
    EXPECT_THAT(decision.flips, IsEmpty());
  }
}

TEST(Decision, OfSingleHasNoAlternative) {
  const Case four(four_layers(), Objective::kEdp);
  const Decision decision = four.explain("single:pascal", 1);
  EXPECT_THAT(decision.reasons, ElementsAre(HasSubstr("every layer run on pascal")));
  EXPECT_THAT(decision.flips, IsEmpty());
}

TEST(Decision, OfMensaTellsBothPhasesWithTheirFigures) {
  const Case four(four_layers(), Objective::kEdp);
  EXPECT_THAT(four.explain("mensa", 0).reasons,
              Contains(HasSubstr("no layer with MACs is before")));
  const Decision moved = four.explain("mensa", 1);
  EXPECT_THAT(moved.reasons, Contains(HasSubstr("Phase I: In isolation")));
  // 2048 x 2048 parameters of 8 bits, each used once, and 128 KiB of room.
  EXPECT_THAT(moved.reasons, Contains(AllOf(HasSubstr("Phase II: (b)"), HasSubstr("4096 KiB"),
                                            HasSubstr("128 KiB of pascal"),
                                            HasSubstr("reused 1 times, less than reuse 64"))));
  EXPECT_THAT(moved.reasons, Contains(HasSubstr("it moves to pavlov")));
}

/// mensa with these values in the place of its own.
std::string mensa_with(const std::vector<Change>& changes) {
  std::string policy = "mensa:";
  for (const Change& change : changes) {
    policy +=
        fmt::format("{}{}={:.17g}", policy.back() == ':' ? "" : ",", change.what, change.needed);
  }
  return policy;
}

/// What the flips say is held against the policy itself, with the thresholds that they name and
/// with some that lie before these.
TEST(Decision, OfMensaNamesTheNearestThresholdsThatChangeIt) {
  std::size_t single = 0;
  std::size_t both = 0;
  for (unsigned seed = 1; seed <= 20; ++seed) {
    const Case chain(random_chain(seed, 8), Objective::kEdp);
    for (std::size_t unit = 0; unit < chain.problem.units().size(); ++unit) {
      const AcceleratorId now = chain.chosen("mensa", unit);
      for (const Flip& flip : chain.explain("mensa", unit).flips) {
        EXPECT_NE(flip.then, now);
        EXPECT_EQ(chain.chosen(mensa_with(flip.changes), unit), flip.then) << seed << ' ' << unit;
        if (flip.changes.size() > 1) {
          ++both;
          for (const Change& change : flip.changes) {
            EXPECT_EQ(chain.chosen(mensa_with({change}), unit), now);
          }
          continue;
        }
        ++single;
        for (const double part : {0.1, 0.5, 0.9, 1 - 1e-6}) {
          Change less = flip.changes[0];
          less.needed = less.now + (less.needed - less.now) * part;
          EXPECT_EQ(chain.chosen(mensa_with({less}), unit), now) << seed << ' ' << unit;
        }
      }
    }
  }
  EXPECT_GT(single, 10U);
  EXPECT_GT(both, 0U);
}

/// Where no flip is named in a direction, no threshold there changes anything.
TEST(Decision, OfMensaLeavesOutNoThreshold) {
  const std::vector<double> ratios = {1, 1.1, 1.5, 3, 5, 10, 100, 1e5};
  for (unsigned seed = 1; seed <= 10; ++seed) {
    const Case chain(random_chain(seed, 6), Objective::kEdp);
    for (std::size_t unit = 0; unit < chain.problem.units().size(); ++unit) {
      const AcceleratorId now = chain.chosen("mensa", unit);
      const std::vector<Flip> flips = chain.explain("mensa", unit).flips;
      for (const double ratio : ratios) {
        if (chain.chosen(fmt::format("mensa:compute_ratio={}", ratio), unit) == now) continue;
        EXPECT_TRUE(std::any_of(flips.begin(), flips.end(),
                                [&](const Flip& flip) {
                                  const Change& change = flip.changes[0];
                                  return flip.changes.size() == 1 &&
                                         change.what == "compute_ratio" &&
                                         (ratio > 2 ? change.needed > 2 && change.needed <= ratio
                                                    : change.needed < 2 && change.needed >= ratio);
                                }))
            << seed << ' ' << unit << ' ' << ratio;
      }
    }
  }
}

TEST(Decision, OfTheOptimumIsWhatForcingAnotherAcceleratorCosts) {
  for (const Objective objective : {Objective::kLatency, Objective::kEnergy, Objective::kEdp}) {
    for (unsigned seed = 1; seed <= 4; ++seed) {
      const Case chain(random_chain(seed, 5), objective);
      const double best = chain.value(chain.problem, "optimal");
      for (std::size_t unit = 0; unit < chain.problem.units().size(); ++unit) {
        const AcceleratorId now = chain.chosen("optimal", unit);
        // The best of all is the best of those that have the unit here, or there, or ...
        double least = 1e300;
        double next = 1e300;
        for (const AcceleratorId id : chain.problem.candidates(chain.problem.units()[unit])) {
          const SchedulingProblem forced = chain.problem.with_unit_on(unit, id);
          EXPECT_THAT(forced.candidates(forced.units()[unit]), ElementsAre(id));
          const double value = chain.value(forced, "optimal");
          least = std::min(least, value);
          if (id != now) next = std::min(next, value);
        }
        EXPECT_NEAR(least / best, 1, 1e-9);
        const Decision decision = chain.explain("optimal", unit);
        ASSERT_FALSE(decision.flips.empty());
        const Change& change = decision.flips[0].changes[0];
        if (objective != Objective::kEdp) {
          EXPECT_NEAR((change.needed - change.now) / best, (next - best) / best, 1e-9);
        }
        EXPECT_GE(change.needed, change.now * (1 - 1e-9));
      }
    }
  }
}

TEST(Decision, AUnitMayBeForcedToNowhere) {
  const Case four(four_layers(), Objective::kEdp);
  const SchedulingProblem forced = four.problem.with_unit_on(1, four.costs.host());
  EXPECT_THAT(forced.candidates(forced.units()[1]), IsEmpty());
  EXPECT_THAT(four.problem.candidates(four.problem.units()[1]), SizeIs(3));
}

}  // namespace
}  // namespace mensa::scheduler
