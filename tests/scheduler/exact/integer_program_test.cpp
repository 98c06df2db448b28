#include "scheduler/exact/integer_program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/time.h>

#include <csignal>
#include <numeric>

#include "onnx_import/import.h"
#include "scheduler/exact/best_path.h"
#include "scheduler/exact/plan_program.h"
#include "scheduler/policies/policy.h"
#include "tests/scheduler/exact/small_problem.h"

namespace mensa::scheduler {
namespace {

using accelerators::Objective;
using test::kRounding;
using test::Random;
using test::SmallProblem;

/// What the solver's tolerances leave open.
constexpr double kTolerance = 1e-6;
const IntegerProgramLimits kNoTime{base::Seconds(0), 1};

Objective drawn_objective(std::size_t i) { return accelerators::kAllObjectives[i % 3]; }

/// The best of the order of units(), by the search over states.
double optimum(const SmallProblem& small, Objective objective) {
  const DecisionGraph graph(small.problem, DecisionGraph::Reach::kOneOrder, {});
  EXPECT_TRUE(graph.complete());
  const BestPath best = best_path(graph, objective);
  return accelerators::score(objective, base::Seconds(best.seconds),
                             base::Picojoules(best.picojoules));
}

void expect_optimum(const SmallProblem& small, Objective objective, const std::string& what) {
  const double best = optimum(small, objective);
  const auto found = solve_integer_program(small.problem, objective);
  ASSERT_TRUE(found.has_value()) << what;
  EXPECT_TRUE(found->proved) << what;
  EXPECT_NEAR(found->value, best, best * kTolerance) << what;
  EXPECT_NEAR(found->value, test::value_of(small.problem, objective, found->plan), best * kRounding)
      << what;
  EXPECT_LE(found->bound, best * (1 + kRounding)) << what;
  EXPECT_GE(found->bound, best * (1 - 4 * kTolerance)) << what;
}

/// One input, which `branches` of two layers each read, joined by one layer.
models::Graph wide_graph(std::size_t branches) {
  constexpr std::int64_t kChannels = 64;
  models::test::GraphBuilder build("wide");
  const models::TensorId input = build.input("input", {1, kChannels, test::kSide, test::kSide});
  const models::TensorId stem = build.pointwise("stem", input, kChannels, kChannels, test::kSide);
  std::vector<models::TensorId> ends;
  for (std::size_t b = 0; b < branches; ++b) {
    const std::string name = "branch" + std::to_string(b);
    // Wide in the middle for some, so that branches differ.
    const std::int64_t middle = std::int64_t{32} << (b % 6);
    const auto first = build.pointwise(name + "/first", stem, kChannels, middle, test::kSide);
    ends.push_back(build.pointwise(name + "/second", first, middle, kChannels, test::kSide));
  }
  return build.finish(build.elementwise("join", ends, kChannels * test::kSide * test::kSide));
}

TEST(IntegerProgram, FindsTheOptimumOfChains) {
  const accelerators::System system = test::four_accelerators();
  const auto mappings = test::mappings_of(system);
  Random random(11);
  for (std::size_t i = 0; i < 60; ++i) {
    const SmallProblem small(test::random_chain(random, 1 + test::draw(random, 20)),
                             drawn_objective(i), mappings);
    expect_optimum(small, drawn_objective(i), "chain " + std::to_string(i));
  }
}

TEST(IntegerProgram, FindsTheOptimumOfOtherGraphs) {
  const accelerators::System system = test::four_accelerators();
  const auto mappings = test::mappings_of(system);
  Random random(12);
  for (std::size_t i = 0; i < 90; ++i) {
    const SmallProblem small(test::random_dag(random, 2 + test::draw(random, 20)),
                             drawn_objective(i), mappings);
    expect_optimum(small, drawn_objective(i), "graph " + std::to_string(i));
  }
}

/// Not by the search over states, which has options and residency in common with the program.
TEST(IntegerProgram, FindsWhatBruteForceFinds) {
  const accelerators::System system = accelerators::load_system("mensa_g");
  const auto mappings = test::mappings_of(system);
  Random random(13);
  for (std::size_t i = 0; i < 60; ++i) {
    const SmallProblem small(test::random_dag(random, 2 + test::draw(random, 5)),
                             drawn_objective(i), mappings);
    const double best = test::BruteForce(small.problem).best();
    const auto found = solve_integer_program(small.problem, drawn_objective(i));
    ASSERT_TRUE(found.has_value());
    EXPECT_NEAR(found->value, best, best * kTolerance) << "graph " << i;
    EXPECT_TRUE(found->proved);
  }
}

TEST(IntegerProgram, HoldsWithRecurrences) {
  const accelerators::System system = accelerators::load_system("mensa_g");
  const auto mappings = test::mappings_of(system);
  for (const Objective each : accelerators::kAllObjectives) {
    models::test::GraphBuilder build("lstms");
    models::TensorId x = build.input("input", {20, 1, 64});
    x = build.lstm("first", x, 64, 96, 20);
    const SmallProblem small(build.finish(build.lstm("second", x, 96, 32, 20)), each, mappings);
    expect_optimum(small, each, "lstms");
  }
}

TEST(IntegerProgram, FindsTheOptimumOfNetworks) {
  const accelerators::System system = accelerators::load_system("mensa_g");
  const auto mappings = test::mappings_of(system);
  for (const char* name : {"ds_cnn", "mobilenet_v2", "resnet50", "lstm_acoustic"}) {
    const SmallProblem small(
        onnx_import::import_file(MENSA_SOURCE_DIR "/models/zoo/" + std::string(name) + ".onnx"),
        Objective::kEdp, mappings);
    for (const Objective each : accelerators::kAllObjectives) expect_optimum(small, each, name);
  }
}

TEST(IntegerProgram, WithoutTimeHasThePlanItBeganWith) {
  const accelerators::System system = accelerators::load_system("mensa_g");
  const auto mappings = test::mappings_of(system);
  Random random(14);
  for (std::size_t i = 0; i < 30; ++i) {
    const SmallProblem small(test::random_dag(random, 15), drawn_objective(i), mappings);
    const Plan start = make_policy("single:pascal")->plan(small.problem);
    const double value = test::value_of(small.problem, drawn_objective(i), start);
    const double best = optimum(small, drawn_objective(i));
    const auto found = solve_integer_program(small.problem, drawn_objective(i), kNoTime, start);
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->plan.assignment, start.assignment);
    EXPECT_EQ(found->value, value);
    EXPECT_LE(found->bound, best);
    EXPECT_GE(found->bound, best * 0.2);
    EXPECT_EQ(found->proved, found->value <= found->bound * (1 + 4 * kTolerance));
  }
}

/// Wherever the search is cut: what it claims holds.
TEST(IntegerProgram, BoundsHoldWhereTheSearchIsCut) {
  const accelerators::System system = test::four_accelerators();
  const auto mappings = test::mappings_of(system);
  Random random(15);
  std::size_t cut = 0;
  for (std::size_t i = 0; i < 30; ++i) {
    const SmallProblem small(test::random_dag(random, 22), drawn_objective(i), mappings);
    const double best = optimum(small, drawn_objective(i));
    // The last: where it stops depends on the machine.
    for (const IntegerProgramLimits& limits :
         {IntegerProgramLimits{.nodes = 1}, IntegerProgramLimits{.nodes = 2},
          IntegerProgramLimits{.time = base::Seconds(0.005 * static_cast<double>(i))}}) {
      const auto found = solve_integer_program(small.problem, drawn_objective(i), limits);
      ASSERT_TRUE(found.has_value());
      EXPECT_LE(found->bound, best * (1 + kRounding)) << "graph " << i;
      EXPECT_GE(found->value, best * (1 - kRounding)) << "graph " << i;
      if (found->proved) {
        EXPECT_NEAR(found->value, best, best * 4 * kTolerance);
      } else {
        ++cut;
      }
    }
  }
  EXPECT_GT(cut, 0U);
}

/// Where there are more states than are looked at.
TEST(IntegerProgram, TakesWideGraphs) {
  const accelerators::System system = accelerators::load_system("mensa_g");
  const SmallProblem small(wide_graph(24), Objective::kEdp, test::mappings_of(system));
  EXPECT_FALSE(
      DecisionGraph(small.problem, DecisionGraph::Reach::kOneOrder, {.states = 500}).complete());
  for (const Objective each : accelerators::kAllObjectives) {
    const auto found = solve_integer_program(small.problem, each, {base::Seconds(60), 200});
    ASSERT_TRUE(found.has_value());
    EXPECT_LE(found->bound, found->value);
    EXPECT_GE(found->bound, found->value * 0.99);
    EXPECT_NEAR(found->value, test::value_of(small.problem, each, found->plan),
                found->value * kRounding);
    EXPECT_LE(found->value,
              test::value_of(small.problem, each, make_policy("chain_dp")->plan(small.problem)) *
                  (1 + kRounding));
  }
}

TEST(IntegerProgram, OfTheSameIsTheSame) {
  const accelerators::System system = test::four_accelerators();
  const auto mappings = test::mappings_of(system);
  Random random(16);
  const SmallProblem small(test::random_dag(random, 30), Objective::kEdp, mappings);
  const auto first = solve_integer_program(small.problem, Objective::kEdp);
  const auto second = solve_integer_program(small.problem, Objective::kEdp);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->plan.assignment, second->plan.assignment);
  EXPECT_EQ(first->plan.kept, second->plan.kept);
  EXPECT_EQ(first->bound, second->bound);
}

TEST(IntegerProgram, StartsInTheOrderOfUnitsOnly) {
  const accelerators::System system = accelerators::load_system("mensa_g");
  const SmallProblem small(wide_graph(2), Objective::kEdp, test::mappings_of(system));
  Plan start = make_policy("single:pascal")->plan(small.problem);
  start.order.emplace(small.problem.units().size());
  std::iota(start.order->begin(), start.order->end(), std::size_t{0});
  EXPECT_TRUE(solve_integer_program(small.problem, Objective::kEdp, kNoTime, start).has_value());
  std::swap(start.order->at(1), start.order->at(2));
  EXPECT_THROW((void)solve_integer_program(small.problem, Objective::kEdp, kNoTime, start),
               std::logic_error);
}

/// A layer that reads all of those before it can find any of them.
TEST(IntegerProgram, IsNotMadeWhereALayerMayFindTooManySets) {
  const accelerators::System system = accelerators::load_system("mensa_g");
  const auto mappings = test::mappings_of(system);
  const auto dense = [&](std::size_t layers) {
    models::test::GraphBuilder build("dense");
    std::vector<models::TensorId> made = {build.input("input", {1, 64, test::kSide, test::kSide})};
    for (std::size_t i = 0; i < layers; ++i) {
      made.push_back(
          build.elementwise("layer" + std::to_string(i), made, 64 * test::kSide * test::kSide));
    }
    return SmallProblem(build.finish(made.back()), Objective::kLatency, mappings);
  };
  // The last layer may find any of the others' outputs: 2^8 sets of 8.
  EXPECT_TRUE(PlanProgram::of(dense(9).problem).has_value());
  EXPECT_FALSE(PlanProgram::of(dense(10).problem).has_value());
}

TEST(IntegerProgram, PrintsNothing) {
  const accelerators::System system = test::four_accelerators();
  const auto mappings = test::mappings_of(system);
  Random random(17);
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  for (int i = 0; i < 6; ++i) {
    const SmallProblem small(test::random_dag(random, 22), Objective::kEdp, mappings);
    EXPECT_TRUE(solve_integer_program(small.problem, Objective::kEdp).has_value());
  }
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

extern "C" void on_interrupt(int) {}
volatile std::sig_atomic_t looks = 0;
volatile std::sig_atomic_t other_handlers = 0;
extern "C" void look_at_handler(int) {
  struct sigaction now = {};
  sigaction(SIGINT, nullptr, &now);
  looks = looks + 1;
  if (now.sa_handler != on_interrupt) other_handlers = other_handlers + 1;
}

/// Looked at while it runs: what is put back at the end would be a signal lost meanwhile.
TEST(IntegerProgram, LeavesSignalsAlone) {
  const accelerators::System system = accelerators::load_system("mensa_g");
  const SmallProblem small(wide_graph(24), Objective::kEdp, test::mappings_of(system));
  ASSERT_TRUE(PlanProgram::of(small.problem).has_value());  // the cost table has its answers
  const auto interrupt_before = std::signal(SIGINT, on_interrupt);
  const auto timer_before = std::signal(SIGPROF, look_at_handler);
  const itimerval often = {{0, 1000}, {0, 1000}};
  setitimer(ITIMER_PROF, &often, nullptr);
  for (int i = 0; i < 100 && looks < 10; ++i) {
    EXPECT_TRUE(solve_integer_program(small.problem, Objective::kEdp).has_value());
  }
  const itimerval never = {};
  setitimer(ITIMER_PROF, &never, nullptr);
  (void)std::signal(SIGPROF, timer_before);
  (void)std::signal(SIGINT, interrupt_before);
  EXPECT_GE(looks, 10);
  EXPECT_EQ(other_handlers, 0);
}

}  // namespace
}  // namespace mensa::scheduler
