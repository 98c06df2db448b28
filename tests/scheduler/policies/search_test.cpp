#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/base/error.h"
#include "scheduler/policies/policy.h"
#include "tests/scheduler/exact/small_problem.h"

namespace mensa::scheduler {
namespace {

using accelerators::Objective;
using test::kRounding;
using test::Random;
using test::SmallProblem;

constexpr Objective kObjectives[] = {Objective::kLatency, Objective::kEnergy, Objective::kEdp};

TEST(Search, IsNoWorseThanTheOthers) {
  const accelerators::System system = accelerators::load_system("mensa_g");
  const auto mappings = test::mappings_of(system);
  Random random(21);
  for (std::size_t i = 0; i < 24; ++i) {
    const SmallProblem small(test::random_dag(random, 14), kObjectives[i % 3], mappings);
    for (const Concurrency each : {Concurrency::kSequence, Concurrency::kLayers}) {
      const SchedulingProblem problem = small.problem.with(each);
      const double found = test::value_of(problem, problem.costs().objective(),
                                          make_policy("search:iterations=300")->plan(problem));
      for (const char* policy : {"mensa", "greedy", "chain_dp", "optimal", "heft"}) {
        EXPECT_LE(found, test::value_of(problem, problem.costs().objective(),
                                        make_policy(policy)->plan(problem)) *
                             (1 + kRounding))
            << policy << ", graph " << i;
      }
    }
  }
}

/// The best of all assignments and orders, with what stays on chip by the rule of build_schedule.
class EveryPlan {
 public:
  explicit EveryPlan(const SchedulingProblem& problem) : problem_(problem) {}

  double best() {
    extend({});
    return best_;
  }

 private:
  void extend(const std::vector<std::size_t>& order) {
    if (order.size() == problem_.units().size()) {
      Plan plan{Assignment(order.size(), AcceleratorId(0)), order};
      assign(plan, 0);
      return;
    }
    for (std::size_t u = 0; u < problem_.units().size(); ++u) {
      const auto is_done = [&](models::LayerId id) {
        return std::any_of(order.begin(), order.end(),
                           [&](std::size_t done) { return problem_.units()[done].front() == id; });
      };
      const models::LayerId id = problem_.units()[u].front();
      const auto before = problem_.graph().predecessors(id);
      if (is_done(id) || !std::all_of(before.begin(), before.end(), is_done)) continue;
      std::vector<std::size_t> longer = order;
      longer.push_back(u);
      extend(longer);
    }
  }
  void assign(Plan& plan, std::size_t unit) {
    if (unit == problem_.units().size()) {
      const double value = test::value_of(problem_, problem_.costs().objective(), plan);
      if (best_ < 0 || value < best_) best_ = value;
      return;
    }
    for (const AcceleratorId id : problem_.candidates(problem_.units()[unit])) {
      plan.assignment[problem_.units()[unit].front().index()] = id;
      assign(plan, unit + 1);
    }
  }

  const SchedulingProblem& problem_;
  double best_ = -1;
};

TEST(Search, FindsTheBestConcurrentScheduleOfSmallGraphs) {
  const accelerators::System system = accelerators::load_system("mensa_g");
  const auto mappings = test::mappings_of(system);
  Random random(22);
  int better_than_heft = 0;
  int best_ones = 0;
  for (std::size_t i = 0; i < 30; ++i) {
    const SmallProblem small(test::random_dag(random, 5), kObjectives[i % 3], mappings);
    const SchedulingProblem problem = small.problem.with(Concurrency::kLayers);
    const double best = EveryPlan(problem).best();
    const double found = test::value_of(problem, problem.costs().objective(),
                                        make_policy("search:iterations=3000")->plan(problem));
    EXPECT_LE(found, best * 1.03) << "graph " << i;
    best_ones += found <= best * (1 + kRounding) ? 1 : 0;
    better_than_heft += test::value_of(problem, problem.costs().objective(),
                                       make_policy("heft")->plan(problem)) > found * (1 + kRounding)
                            ? 1
                            : 0;
  }
  // It promises no optimum.
  EXPECT_GE(best_ones, 28);
  EXPECT_GT(better_than_heft, 0);
}

TEST(Search, DependsOnTheSeedAlone) {
  const accelerators::System system = accelerators::load_system("mensa_g");
  Random random(23);
  const SmallProblem small(test::random_dag(random, 20), Objective::kEdp,
                           test::mappings_of(system));
  const SchedulingProblem problem = small.problem.with(Concurrency::kLayers);
  const Plan first = make_policy("search:iterations=500,seed=7")->plan(problem);
  const Plan again = make_policy("search:iterations=500,seed=7")->plan(problem);
  EXPECT_EQ(first.assignment, again.assignment);
  EXPECT_EQ(first.order, again.order);
}

TEST(Search, ChecksItsOptions) {
  EXPECT_THROW(static_cast<void>(make_policy("search:iterations=-1")), base::Error);
  EXPECT_THROW(static_cast<void>(make_policy("search:seed=x")), base::Error);
  EXPECT_THROW(static_cast<void>(make_policy("search:heat=3")), base::Error);
}

}  // namespace
}  // namespace mensa::scheduler
