#include "explore/evaluation/evaluator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <string>

#include "accelerators/cost/cost_table.h"
#include "accelerators/spec/loader.h"
#include "explore/space/realise.h"
#include "onnx_import/import.h"
#include "scheduler/problem/analytic_interval.h"
#include "scheduler/problem/schedule.h"
#include "scheduler/problem/scheduling_problem.h"
#include "tests/explore/space/sample_space.h"

namespace mensa::explore {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

constexpr const char* kArrays =
    "{array: {path: accelerators.pascal.pe_array, values: [16x16, 32x32]}, "
    "clock: {path: accelerators.jacquard.clock, values: [1 GHz, 500 MHz]}}";

struct OrdinaryCosts {
  base::Seconds latency;
  base::Seconds interval;
  double joules = 0;
  double dram = 0;
};

/// The first model of a space at a point the way `mensa simulate` plans it, with mappings of its
/// own or, where `is_shared`, as systems share them.
OrdinaryCosts ordinary_costs(const Space& space, const Point& point, bool is_shared) {
  const accelerators::System system = accelerators::read_system(realise(space, point));
  const models::Graph graph =
      onnx_import::import_file(space.models[0].file, space.models[0].options);
  const auto mappings =
      is_shared ? std::make_shared<accelerators::MappingCache>(
                      system, space.mapper, std::make_shared<accelerators::SharedMappings>())
                : std::make_shared<accelerators::MappingCache>(system, space.mapper);
  accelerators::CostTable table(graph, space.objective, mappings,
                                accelerators::layer_precisions(graph, space.precisions));
  const scheduler::SchedulingProblem problem(table, space.concurrency);
  const auto policy = scheduler::make_policy(space.policy);
  const scheduler::Schedule schedule =
      scheduler::build_schedule(problem, policy->plan(problem), space.policy);
  OrdinaryCosts costs;
  const scheduler::AnalyticCost cost = scheduler::analytic_cost(problem, schedule);
  costs.latency = cost.latency;
  costs.joules = cost.energy.value() * 1e-12;
  costs.interval = scheduler::analytic_interval(problem, schedule);
  for (const scheduler::ScheduledLayer& layer : schedule.layers) {
    const auto& dram = table.find(layer.layer, layer.accelerator, layer.residency)->cost.dram;
    costs.dram += static_cast<double>((dram.read() + dram.write()).value());
  }
  return costs;
}

void expect_as_ordinary(const SpaceText& text) {
  const Space space = text.read();
  const Evaluator evaluator(space);
  for (std::uint32_t array = 0; array < 2; ++array) {
    for (std::uint32_t clock = 0; clock < 2; ++clock) {
      const Point point = {array, clock};
      const PointResult result = evaluator.evaluate(point);
      ASSERT_TRUE(result.is_feasible()) << result.reason;
      ASSERT_EQ(result.models.size(), 1U);
      const OrdinaryCosts shared = ordinary_costs(space, point, true);
      EXPECT_EQ(result.models[0].latency, shared.latency.value());
      EXPECT_EQ(result.models[0].energy, shared.joules);
      EXPECT_EQ(result.models[0].interval, shared.interval.value());
      EXPECT_EQ(result.models[0].dram_bytes, shared.dram);
      // docs/cost-model.md: what sharing mappings loses
      const OrdinaryCosts own = ordinary_costs(space, point, false);
      EXPECT_NEAR(
          result.models[0].latency * result.models[0].energy / own.latency.value() / own.joules, 1,
          0.005);
    }
  }
}

TEST(Evaluator, ComesToWhatASimulationPlans) {
  expect_as_ordinary(SpaceText().with("parameters", kArrays));
}

TEST(Evaluator, ComesToWhatASimulationPlansInAnyWay) {
  expect_as_ordinary(
      SpaceText()
          .with("parameters", kArrays)
          .with("models", "[{model: ds_cnn, batch: 2}]")
          .with("evaluation", "{policy: greedy, objective: latency, concurrency: layers}"));
}

TEST(Evaluator, SaysTheSameOfAPointWhateverElseItIsAsked) {
  const Space space = SpaceText().with("parameters", kArrays).read();
  const Evaluator first(space);
  const Evaluator second(space);
  for (const Point& point : {Point{0, 0}, Point{1, 1}, Point{0, 1}}) {
    static_cast<void>(first.evaluate(point));
  }
  const PointResult late = first.evaluate({1, 0});
  const PointResult early = second.evaluate({1, 0});
  EXPECT_EQ(late.metrics, early.metrics);
  EXPECT_EQ(late.models, early.models);
  EXPECT_EQ(late.accelerators, early.accelerators);
  EXPECT_GT(first.mappings().hits(), 0);
}

TEST(Evaluator, TakesMeansOverModelsByTheirWeights) {
  const Space space =
      SpaceText()
          .with(
              "models",
              "[{model: ds_cnn, weight: 3, deadline: 1 ns}, {model: lstm_keyboard, deadline: 1 s}]")
          .read();
  const PointResult result = Evaluator(space).evaluate({1});
  ASSERT_EQ(result.models.size(), 2U);
  const ModelOutcome& words = result.models[0];
  const ModelOutcome& keys = result.models[1];
  EXPECT_EQ(words.model, "ds_cnn");
  EXPECT_EQ(keys.model, "lstm_keyboard");
  EXPECT_TRUE(words.misses_deadline);
  EXPECT_FALSE(keys.misses_deadline);
  const auto is = [&](Metric metric, double expected) {
    EXPECT_NEAR(*result.metric(metric) / expected, 1, 1e-12) << info(metric).name;
  };
  const double latency = (3 * words.latency + keys.latency) / 4;
  const double energy = (3 * words.energy + keys.energy) / 4;
  is(Metric::kLatency, latency);
  is(Metric::kEnergy, energy);
  is(Metric::kEdp, (3 * words.latency * words.energy + keys.latency * keys.energy) / 4);
  is(Metric::kPower, energy / latency);
  is(Metric::kThroughput, 4 / (3 * words.interval + keys.interval));
  is(Metric::kThroughputPerArea,
     4 / (3 * words.interval + keys.interval) / *result.metric(Metric::kArea));
  is(Metric::kDeadlineMisses, 0.75);
}

/// All layers of the model run on accelerators.
TEST(Evaluator, SharesTheWholeOutToAccelerators) {
  const Space space =
      SpaceText().with("models", "[{model: ds_cnn, weight: 2}, squeezenet_1_1]").read();
  const PointResult result = Evaluator(space).evaluate({2});
  AcceleratorOutcome sum;
  for (const AcceleratorOutcome& one : result.accelerators) {
    sum.area += one.area;
    sum.pes += one.pes;
    sum.busy += one.busy;
    sum.layers += one.layers;
    sum.macs += one.macs;
    sum.energy += one.energy;
  }
  EXPECT_NEAR(sum.energy / *result.metric(Metric::kEnergy), 1, 1e-12);
  EXPECT_NEAR(sum.busy / *result.metric(Metric::kLatency), 1, 1e-9);
  EXPECT_EQ(sum.area, *result.metric(Metric::kArea));
  EXPECT_EQ(static_cast<double>(sum.pes), *result.metric(Metric::kPes));
  double layers = 0;
  double macs = 0;
  for (std::size_t i = 0; i < 2; ++i) {
    const models::Graph graph = onnx_import::import_file(space.models[i].file, {});
    const double part = (i == 0 ? 2.0 : 1.0) / 3;
    layers += part * static_cast<double>(graph.layers().size());
    macs += part * static_cast<double>(graph.macs());
  }
  EXPECT_NEAR(sum.layers / layers, 1, 1e-12);
  EXPECT_NEAR(sum.macs / macs, 1, 1e-12);
}

TEST(Evaluator, RejectsSystemsBeforeItLooksAtModels) {
  const Space space =
      SpaceText()
          .with("constraints", "[latency <= 1 ns, area <= 1 mm2, pes <= 1024, energy <= 1 J]")
          .read();
  const PointResult result = Evaluator(space).evaluate({2});
  EXPECT_EQ(result.status, PointStatus::kInfeasible);
  EXPECT_EQ(result.cause, "area <= 1 mm2");
  EXPECT_THAT(result.reason, StartsWith("breaks 'area <= 1 mm2' by "));
  EXPECT_THAT(result.models, IsEmpty());
  EXPECT_EQ(result.metric(Metric::kLatency), std::nullopt);
  const double area = *result.metric(Metric::kArea);
  const double pes = *result.metric(Metric::kPes);
  ASSERT_GT(pes, 1024);
  EXPECT_DOUBLE_EQ(result.violation, (area - 1) + (pes - 1024) / 1024);
  ASSERT_EQ(result.accelerators.size(), 3U);
  EXPECT_GT(result.accelerators[0].area, 0);
  EXPECT_EQ(result.accelerators[0].busy, 0);
}

TEST(Evaluator, RejectsOutcomesAfterItLookedAtModels) {
  const Space space =
      SpaceText().with("constraints", "[latency <= 1 ns, energy <= 1 pJ, area <= 99 mm2]").read();
  const Evaluator evaluator(space);
  const PointResult result = evaluator.evaluate({2});
  EXPECT_EQ(result.status, PointStatus::kInfeasible);
  EXPECT_EQ(result.cause, "latency <= 1 ns");
  ASSERT_EQ(result.models.size(), 1U);
  EXPECT_DOUBLE_EQ(result.violation, (*result.metric(Metric::kLatency) / 1e-9 - 1) +
                                         (*result.metric(Metric::kEnergy) / 1e-12 - 1));
  EXPECT_TRUE(evaluator.judge_system({2}).is_feasible());
  EXPECT_THAT(evaluator.judge_system({2}).models, IsEmpty());
}

TEST(Evaluator, KnowsPartsOfSystemsAndModels) {
  const auto holds = [](const std::string& constraint) {
    const Space space = SpaceText().with("constraints", "[\"" + constraint + "\"]").read();
    return Evaluator(space).evaluate({2}).is_feasible();
  };
  EXPECT_TRUE(holds("pes.pascal == 1024 and pes.pascal + pes.pavlov + pes.jacquard == pes"));
  EXPECT_TRUE(holds("area.pascal < area and area.pascal > area.pavlov / 100"));
  EXPECT_TRUE(holds("buffers.pascal == 384 KiB and buffers.pascal <= buffers"));
  EXPECT_TRUE(holds("latency.ds_cnn == latency and edp.ds_cnn == latency * energy"));
  EXPECT_TRUE(holds("accelerators == 3 and array.rows == 32"));
  EXPECT_FALSE(holds("array.rows == 16"));
}

TEST(Evaluator, CountsAnAbsentAcceleratorAsNothing) {
  const Space space =
      SpaceText()
          .with("parameters", "{has: {accelerator: pavlov, present: [false, true]}}")
          .with("constraints", "[\"area.pavlov == 0 mm2 and pes.pavlov == 0 or has == 1\"]")
          .read();
  const Evaluator evaluator(space);
  EXPECT_TRUE(evaluator.judge_system({0}).is_feasible()) << evaluator.judge_system({0}).reason;
  EXPECT_EQ(evaluator.judge_system({0}).accelerators.size(), 2U);
  EXPECT_TRUE(evaluator.judge_system({1}).is_feasible());
}

TEST(Evaluator, SaysOfWhatIsNoSystemWhy) {
  const Space space =
      SpaceText()
          .with("parameters",
                "{size: {path: accelerators.pascal.buffers.parameters.capacity, "
                "values: [96 KiB, 64 KiB]}}")
          .with("links", "{accelerators.pascal.buffers.activations.capacity: size / 3 * 8}")
          .read();
  const Evaluator evaluator(space);
  EXPECT_TRUE(evaluator.evaluate({0}).is_feasible());
  const PointResult result = evaluator.evaluate({1});
  EXPECT_EQ(result.status, PointStatus::kInfeasible);
  EXPECT_EQ(result.cause, "system");
  EXPECT_THAT(result.reason, HasSubstr("no whole number of bytes"));
  EXPECT_EQ(result.violation, 1e6);
  EXPECT_THAT(result.accelerators, IsEmpty());
  EXPECT_EQ(result.metric(Metric::kArea), std::nullopt);
}

/// The first model fits the memory, the second one does not.
TEST(Evaluator, SaysWhichModelDoesNotRunAndWhy) {
  const Space space =
      SpaceText()
          .with("models", "[ds_cnn, mobilenet_v2]")
          .with("parameters", "{memory: {path: memories.stack.capacity, values: [1 MiB, 4 GiB]}}")
          .read();
  const Evaluator evaluator(space);
  EXPECT_TRUE(evaluator.judge_system({0}).is_feasible());
  const PointResult result = evaluator.evaluate({0});
  EXPECT_EQ(result.status, PointStatus::kInfeasible);
  EXPECT_EQ(result.cause, "model mobilenet_v2");
  EXPECT_THAT(result.reason, HasSubstr("memory"));
  EXPECT_EQ(result.violation, 1e6);
  EXPECT_THAT(result.models, IsEmpty());
  for (const AcceleratorOutcome& one : result.accelerators) {
    EXPECT_GT(one.area, 0);
    EXPECT_EQ(one.busy + one.layers + one.macs + one.energy, 0) << one.accelerator;
  }
  EXPECT_EQ(result.metric(Metric::kLatency), std::nullopt);
  EXPECT_TRUE(evaluator.evaluate({1}).is_feasible());
}

TEST(Evaluator, RejectsWhatAPolicyCannotUse) {
  const Space space =
      SpaceText()
          .with("parameters", "{has: {accelerator: pascal, present: [true, false]}}")
          .with("evaluation", "{policy: 'single:pascal'}")
          .read();
  const Evaluator evaluator(space);
  EXPECT_TRUE(evaluator.evaluate({0}).is_feasible());
  const PointResult result = evaluator.evaluate({1});
  EXPECT_EQ(result.cause, "model ds_cnn");
  EXPECT_THAT(result.reason, HasSubstr("pascal"));
}

}  // namespace
}  // namespace mensa::explore
