#include "scheduler/problem/schedule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "accelerators/spec/loader.h"
#include "models/base/error.h"
#include "scheduler/policies/policy.h"
#include "tests/models/base/error_of.h"
#include "tests/support/test_graphs.h"

namespace mensa::scheduler {
namespace {

using accelerators::Objective;
using models::LayerId;
using models::TensorId;
using models::test::GraphBuilder;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

models::Graph chain(int length) {
  GraphBuilder build("chain");
  TensorId at = build.input("input", {1, 16, 8, 8});
  for (int i = 0; i < length; ++i) {
    at = build.pointwise("layer" + std::to_string(i), at, 16, 16, 8);
  }
  return build.finish(at);
}

models::Graph lstm_model() {
  GraphBuilder build("lstm");
  const TensorId x = build.input("input", {20, 1, 64});
  return build.finish(build.lstm("lstm", x, 64, 96, 20));
}

/// A model on mensa_g with everything that a schedule needs.
struct Fixture {
  explicit Fixture(models::Graph model, const std::string& system_name = "mensa_g",
                   const accelerators::ParameterOverrides& overrides = {})
      : graph(std::move(model)),
        system(accelerators::load_system(system_name, overrides)),
        costs(graph, system, Objective::kEdp),
        problem(costs) {}

  [[nodiscard]] AcceleratorId id(const char* name) const { return system.accelerator(name).id; }
  [[nodiscard]] Schedule all_on(const char* name) const {
    return build_schedule(problem, {Assignment(graph.layers().size(), id(name))}, "test");
  }
  [[nodiscard]] LayerId layer(const char* name) const {
    for (const models::Layer& candidate : graph.layers()) {
      if (candidate.name == name) return candidate.id;
    }
    ADD_FAILURE() << "no layer " << name;
    return LayerId(0);
  }

  models::Graph graph;
  accelerators::System system;
  CostTable costs;
  SchedulingProblem problem;
};

TEST(Schedule, KeepsAChainOnChip) {
  Fixture f(chain(3));
  const Schedule schedule = f.all_on("pascal");
  EXPECT_THAT(violations(f.problem, schedule), IsEmpty());
  EXPECT_EQ(schedule.layers[0].residency.inputs, 0U);
  EXPECT_TRUE(schedule.layers[0].residency.output);
  EXPECT_EQ(schedule.layers[1].residency.inputs, 1U);
  EXPECT_TRUE(schedule.layers[1].residency.output);
  EXPECT_FALSE(schedule.layers[2].residency.output);  // the model's output goes to DRAM
  EXPECT_THAT(schedule.transfers, IsEmpty());
  EXPECT_EQ(schedule.latency, schedule.layers[2].end);
}

/// a is read by b and, after a stranger, by c: it must pass through DRAM.
TEST(Schedule, AnOutputReadLaterThanNextGoesToDram) {
  Fixture f(models::test::residual_chain());
  const Schedule schedule = f.all_on("pascal");
  EXPECT_THAT(violations(f.problem, schedule), IsEmpty());
  EXPECT_FALSE(schedule.at(f.layer("a")).residency.output);
  EXPECT_TRUE(schedule.at(f.layer("b")).residency.output);
  EXPECT_EQ(schedule.at(f.layer("c")).residency.inputs, 1U);  // between's output, not a's
}

/// Both readers of a come right after it: it stays for both.
TEST(Schedule, AnOutputStaysForSeveralReadersInARow) {
  GraphBuilder build("fork");
  const TensorId x = build.input("input", {1, 16, 8, 8});
  const TensorId a = build.pointwise("a", x, 16, 32, 8);
  const TensorId b = build.pointwise("b", a, 32, 32, 8);
  Fixture f(build.finish(build.elementwise("c", {a, b}, 32 * 64)));
  const Schedule schedule = f.all_on("pascal");
  EXPECT_THAT(violations(f.problem, schedule), IsEmpty());
  EXPECT_TRUE(schedule.at(f.layer("a")).residency.output);
  EXPECT_EQ(schedule.at(f.layer("b")).residency.inputs, 1U);
  EXPECT_EQ(schedule.at(f.layer("c")).residency.inputs, 3U);
}

TEST(Schedule, ListsTransfersBetweenAccelerators) {
  Fixture f(models::test::residual_chain());
  Assignment assignment(4, f.id("pascal"));
  assignment[f.layer("b").index()] = f.id("jacquard");
  const Schedule schedule = build_schedule(f.problem, {assignment}, "test");
  EXPECT_THAT(violations(f.problem, schedule), IsEmpty());
  ASSERT_EQ(schedule.transfers.size(), 2U);  // a to jacquard, b back; a to c stays on pascal
  EXPECT_EQ(schedule.transfers[0].bytes, base::Bytes(32 * 64));
  EXPECT_EQ(schedule.transfers[0].to, f.id("jacquard"));
  EXPECT_EQ(schedule.transfers[1].to, f.id("pascal"));
}

TEST(Schedule, BatchesTheInputProductWhereTheAcceleratorCan) {
  Fixture f(lstm_model());
  const Schedule schedule = f.all_on("pavlov");
  EXPECT_THAT(violations(f.problem, schedule), IsEmpty());
  ASSERT_EQ(schedule.blocks.size(), 2U);
  EXPECT_EQ(schedule.blocks[0].runs, 1);
  EXPECT_EQ(schedule.blocks[1].runs, 20);
  EXPECT_EQ(schedule.blocks[1].layers.size(), 2U);
  // The hidden product's result and the state stay on chip from step to step.
  EXPECT_TRUE(schedule.at(f.layer("lstm/hidden_product")).residency.output);
  EXPECT_EQ(schedule.at(f.layer("lstm/hidden_product")).residency.inputs, 1U);
}

TEST(Schedule, TakesTheInputProductIntoTheRecurrenceElsewhere) {
  Fixture f(lstm_model(), "edge_tpu");
  const Schedule schedule = f.all_on("edge_tpu");
  EXPECT_THAT(violations(f.problem, schedule), IsEmpty());
  ASSERT_EQ(schedule.blocks.size(), 1U);
  EXPECT_EQ(schedule.blocks[0].runs, 20);
  EXPECT_EQ(schedule.blocks[0].layers.size(), 3U);
  EXPECT_EQ(schedule.blocks[0].layers.front(), f.layer("lstm/input_product"));
  // Its parameters fit the 4 MiB buffer: fetched once, not at every step.
  const auto* hidden = f.costs.find(f.layer("lstm/hidden_product"), f.id("edge_tpu"),
                                    schedule.at(f.layer("lstm/hidden_product")).residency);
  ASSERT_NE(hidden, nullptr);
  EXPECT_EQ(hidden->cost.dram.parameter_read, base::Bytes(4 * 96 * 96));
}

/// 8-bit tensors of 96 and sums of 4 x 96 x 4 B: two sums and the state are there together.
TEST(Schedule, LayersThatTakeTurnsLeaveOneAnotherRoom) {
  Fixture f(lstm_model(), "edge_tpu");
  const Schedule schedule = f.all_on("edge_tpu");
  constexpr base::Bytes kSums(4 * 96 * 4);
  constexpr base::Bytes kState(96);
  EXPECT_EQ(schedule.at(f.layer("lstm/input_product")).residency.others, kSums + kState);
  EXPECT_EQ(schedule.at(f.layer("lstm/hidden_product")).residency.others, kSums);
  EXPECT_EQ(schedule.at(f.layer("lstm/gates")).residency.others, kState);
  EXPECT_EQ(tensors_on_chip(f.graph, schedule, schedule.blocks[0]).size(), 3U);
}

/// Two sums, the state and the two bursts of 64 B that the gates write take 3296 B; with one less
/// not all of them stay.
TEST(Schedule, TensorsOfAStepGoToDramWhereTheyDoNotFitTogether) {
  const auto kept_in = [](const char* capacity) {
    Fixture f(lstm_model(), "edge_tpu",
              {{"accelerators.edge_tpu.buffers.activations.banks", "1"},
               {"accelerators.edge_tpu.buffers.activations.capacity", capacity}});
    const Schedule schedule = f.all_on("edge_tpu");
    EXPECT_THAT(violations(f.problem, schedule), IsEmpty()) << capacity;
    return tensors_on_chip(f.graph, schedule, schedule.blocks[0]).size();
  };
  EXPECT_EQ(kept_in("3296 B"), 3U);
  EXPECT_LT(kept_in("3295 B"), 3U);
}

/// One buffer for everything: parameters of both products would fit, but not beside the sums.
TEST(Schedule, ParametersOfARecurrenceStayTogetherOrNotAtAll) {
  for (const char* const capacity : {"61 KiB", "62 KiB", "63 KiB", "64 KiB", "72 KiB"}) {
    Fixture f(lstm_model(), "nvdla_small",
              {{"accelerators.nvdla.buffers.cbuf.capacity", capacity}});
    const Schedule schedule = f.all_on("nvdla");
    EXPECT_THAT(violations(f.problem, schedule), IsEmpty()) << capacity;
    const auto held = [&](const char* layer) {
      return f.costs.find(f.layer(layer), f.id("nvdla"), schedule.at(f.layer(layer)).residency)
                 ->held_parameters > base::Bytes(0);
    };
    EXPECT_EQ(held("lstm/input_product"), held("lstm/gates")) << capacity;
    EXPECT_EQ(held("lstm/hidden_product"), held("lstm/gates")) << capacity;
  }
}

TEST(Schedule, FetchesParametersAtEveryStepWhereTheyDoNotFit) {
  GraphBuilder build("large_lstm");
  const TensorId x = build.input("input", {7, 1, 2048});
  Fixture f(build.finish(build.lstm("lstm", x, 2048, 2048, 7)), "edge_tpu");
  const auto* hidden = f.costs.find(f.layer("lstm/hidden_product"), f.id("edge_tpu"));
  ASSERT_NE(hidden, nullptr);
  EXPECT_EQ(hidden->cost.dram.parameter_read, base::Bytes(7LL * 4 * 2048 * 2048));
}

TEST(Schedule, ParametersStayWhereAllOfThemFit) {
  Fixture f(chain(3), "edge_tpu");
  base::Bytes all;
  for (const models::Layer& layer : f.graph.layers()) {
    all += f.costs.parameter_bytes(layer, f.id("edge_tpu"));
  }
  const Schedule schedule = f.all_on("edge_tpu");
  EXPECT_THAT(violations(f.problem, schedule), IsEmpty());
  ASSERT_EQ(schedule.kept_parameters.size(), 1U);
  EXPECT_EQ(schedule.kept_parameters[0], all);
  EXPECT_TRUE(schedule.keeps_parameters());
  EXPECT_EQ(schedule.warm_residency(LayerId(1)).kept_parameters, all);
  EXPECT_EQ(schedule.at(LayerId(1)).residency.kept_parameters, base::Bytes(0));

  Fixture tight(chain(3), "edge_tpu",
                {{"accelerators.edge_tpu.buffers.parameters.banks", "1"},
                 {"accelerators.edge_tpu.buffers.parameters.capacity",
                  std::to_string(all.value() - 1) + " B"}});
  EXPECT_FALSE(tight.all_on("edge_tpu").keeps_parameters());
  Fixture mensa(chain(3));
  EXPECT_FALSE(mensa.all_on("pascal").keeps_parameters());
}

/// Three layers of 16 x 16 weights on 16 channels of 8 x 8: beside the parameters lie at most the
/// input of the first and, as the others stay on chip, nothing else but the last output.
TEST(Schedule, AMemoryMustHoldTheModel) {
  const auto scheduled_in = [](std::int64_t bytes) {
    Fixture f(chain(3), "edge_tpu", {{"memories.lpddr4.capacity", std::to_string(bytes) + " B"}});
    return error_of([&] { return f.all_on("edge_tpu"); });
  };
  constexpr std::int64_t kParameters = 3 * 16 * 16;
  constexpr std::int64_t kMap = 16 * 8 * 8;
  EXPECT_EQ(scheduled_in(kParameters + kMap), "no error");
  EXPECT_THAT(
      scheduled_in(kParameters + kMap - 1),
      HasSubstr("memory 'lpddr4' of system edge_tpu holds 1791 B; chain needs 1792 B of it: "
                "768 B of parameters and, while layer 'layer0' runs, 1024 B of activations"));
}

TEST(Verify, RejectsLayersThatLeaveOneAnotherNoRoom) {
  Fixture f(lstm_model(), "edge_tpu");
  Schedule schedule = f.all_on("edge_tpu");
  LayerResidency& hidden = schedule.layers[f.layer("lstm/hidden_product").index()].residency;
  hidden.others = base::Bytes(0);
  EXPECT_THAT(violations(f.problem, schedule),
              Contains(HasSubstr("layer 'lstm/hidden_product' leaves 0 B to tensors of the layers "
                                 "it takes turns with, they have 1536")));
  hidden.refetches_parameters = true;
  EXPECT_THAT(violations(f.problem, schedule),
              Contains(HasSubstr("the parameters of layer 'lstm/input_product' and those it takes "
                                 "turns with stay only in part")));
}

TEST(SchedulingProblem, ListsEveryLayerThatFitsNowhere) {
  // 2 B hold no two inputs and an output.
  models::ProblemShape window;
  window.bounds[models::index(models::Dim::R)] = window.bounds[models::index(models::Dim::S)] = 40;
  window.input_size = {1, 40, 40};
  GraphBuilder build("chain");
  const TensorId x = build.input("input", {1, 1, 40, 40});
  const TensorId y = build.mac("layer0", x, window, {40, 40}, {1, 1, 40, 40});
  models::Graph graph = build.finish(build.mac("layer1", y, window, {40, 40}, {1}));
  const accelerators::System system = accelerators::load_system(
      "edge_tpu", {{"accelerators.edge_tpu.buffers.activations.width", "1 B"},
                   {"accelerators.edge_tpu.buffers.activations.banks", "1"},
                   {"accelerators.edge_tpu.buffers.activations.capacity", "2 B"}});
  CostTable costs(graph, system, Objective::kEdp);
  const SchedulingProblem problem(costs);
  try {
    problem.check();
    FAIL() << "nothing was thrown";
  } catch (const base::Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("2 layers of chain run on no accelerator"));
    EXPECT_THAT(error.what(), HasSubstr("layer 'layer0' (Conv)"));
    EXPECT_THAT(error.what(), HasSubstr("layer 'layer1' (Conv)"));
    EXPECT_THAT(error.what(), HasSubstr("buffer 'activations' of edge_tpu needs"));
  }
}

TEST(SchedulingProblem, TheHostTakesVectorWorkThatNobodyElseCan) {
  GraphBuilder build("model");
  const TensorId x = build.input("input", {1, 16, 8, 8});
  const TensorId a = build.pointwise("a", x, 16, 16, 8);
  Fixture f(build.finish(build.elementwise("relu", {a}, 16 * 64)));
  const accelerators::System system =
      accelerators::load_system("edge_tpu", {{"accelerators.edge_tpu.vector_lanes", "0"}});
  CostTable costs(f.graph, system, Objective::kEdp);
  const SchedulingProblem problem(costs);
  problem.check();
  const Schedule schedule = build_schedule(problem, make_policy("greedy")->plan(problem), "greedy");
  EXPECT_THAT(violations(problem, schedule), IsEmpty());
  EXPECT_EQ(schedule.layers[1].accelerator, costs.host());
  EXPECT_EQ(schedule.transfers.size(), 1U);
}

}  // namespace
}  // namespace mensa::scheduler
