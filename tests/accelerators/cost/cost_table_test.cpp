#include "accelerators/cost/cost_table.h"

#include <gtest/gtest.h>

#include "accelerators/spec/loader.h"
#include "tests/support/test_graphs.h"

namespace mensa::accelerators {
namespace {

using models::LayerId;
using models::TensorId;
using models::test::GraphBuilder;

class LstmCosts : public ::testing::Test {
 protected:
  static models::Graph model(std::int64_t hidden) {
    GraphBuilder build("lstm");
    const TensorId x = build.input("input", {10, 1, 64});
    return build.finish(build.lstm("lstm", x, 64, hidden, 10));
  }
  static constexpr LayerId kInputProduct{0};
  static constexpr LayerId kHiddenProduct{1};
  static constexpr LayerId kGates{2};
};

TEST_F(LstmCosts, TheInputProductIsOneGemmWhereTimeIsBatched) {
  const models::Graph graph = model(96);
  const System system = load_system("mensa_g");
  CostTable costs(graph, system, Objective::kEdp);
  const auto* batched = costs.find(kInputProduct, system.accelerator("pavlov").id);
  ASSERT_NE(batched, nullptr);
  EXPECT_TRUE(batched->time_batched);
  EXPECT_EQ(batched->runs, 1);
  EXPECT_EQ(batched->question->shape, models::gemm_shape(10, 4 * 96, 64));
  EXPECT_EQ(batched->cost.dram.parameter_read, base::Bytes(4 * 96 * 64));  // once, not ten times
  // Pre-activations leave at accumulator width.
  EXPECT_EQ(batched->cost.dram.activation_write, base::Bytes(10 * 4 * 96 * 4));
  EXPECT_EQ(batched->cost.macs, 10 * 4 * 96 * 64);
}

TEST_F(LstmCosts, AStepAtATimeElsewhere) {
  const models::Graph graph = model(96);
  const System system = load_system("eyeriss_v2");
  CostTable costs(graph, system, Objective::kEdp);
  const auto* stepped = costs.find(kInputProduct, AcceleratorId(0));
  ASSERT_NE(stepped, nullptr);
  EXPECT_EQ(stepped->runs, 10);
  EXPECT_EQ(stepped->cost.macs, 10 * 4 * 96 * 64);
  EXPECT_EQ(stepped->run_cost.macs * 10, stepped->cost.macs);
}

/// 4 x (64 + 96) x 96 B of parameters: kept in a buffer that holds them all, else fetched per step.
TEST_F(LstmCosts, ParametersStayWhereTheWholeRecurrenceFits) {
  const models::Graph graph = model(96);
  const std::int64_t joint = 4 * 96 * (64 + 96);
  const auto hidden_reads = [&](const std::string& capacity) {
    const System system =
        load_system("edge_tpu", {{"accelerators.edge_tpu.buffers.parameters.capacity", capacity}});
    CostTable costs(graph, system, Objective::kEdp);
    return costs.find(kHiddenProduct, AcceleratorId(0))->cost.dram.parameter_read.value();
  };
  EXPECT_EQ(hidden_reads(std::to_string(joint) + " B"), 4 * 96 * 96);
  EXPECT_EQ(hidden_reads(std::to_string(joint - 1) + " B"), 10 * 4 * 96 * 96);
}

/// Pavlov has no parameter buffer: parameters stay in its PEs only if one pass holds them all.
/// Those of 16 cells would fit the registers together but take several passes of the mapping or
/// none.
TEST_F(LstmCosts, ParametersStayInRegistersOnlyWithinOnePass) {
  const models::Graph graph = model(16);
  const System system = load_system("mensa_g");
  CostTable costs(graph, system, Objective::kEdp);
  const auto* hidden = costs.find(kHiddenProduct, system.accelerator("pavlov").id);
  ASSERT_NE(hidden, nullptr);
  const bool stays = hidden->preload.value() > 0;
  EXPECT_EQ(hidden->cost.dram.parameter_read.value(), (stays ? 1 : 10) * 4 * 16 * 16);
  if (!stays) return;
  for (const models::Dim dim : {models::Dim::K, models::Dim::C}) {
    EXPECT_LE(hidden->question->shape.bound(dim), hidden->mapping->pass_extent(dim));
  }
}

TEST_F(LstmCosts, ResidentTensorsCostNoTraffic) {
  const models::Graph graph = model(96);
  const System system = load_system("edge_tpu");
  CostTable costs(graph, system, Objective::kEdp);
  const auto* through_dram = costs.find(kGates, AcceleratorId(0));
  const auto* on_chip = costs.find(kGates, AcceleratorId(0), {0b11, false});
  ASSERT_NE(through_dram, nullptr);
  ASSERT_NE(on_chip, nullptr);
  // Per step 2 x 384 pre-activations of 4 bytes in (whole bursts) and 96 results of 1 byte out.
  EXPECT_EQ(through_dram->cost.dram.activation_read, base::Bytes(10 * 2 * 384 * 4));
  EXPECT_EQ(on_chip->cost.dram.activation_read, base::Bytes(0));
  // They take two bursts of 64.
  EXPECT_EQ(on_chip->cost.dram.activation_write, base::Bytes(10 * 128));
  EXPECT_LT(on_chip->cost.time, through_dram->cost.time);
}

TEST(CostTable, AResidualIsReadByTheEpilogue) {
  const models::Graph graph = models::test::residual_chain();
  const System system = load_system("edge_tpu");
  CostTable costs(graph, system, Objective::kEdp);
  const LayerId last(3);
  const std::int64_t map = 32 * 8 * 8;
  const auto* evaluation = costs.find(last, AcceleratorId(0));
  ASSERT_NE(evaluation, nullptr);
  EXPECT_EQ(evaluation->cost.dram.activation_read, base::Bytes(2 * map));
  const auto* with_residual = costs.find(last, AcceleratorId(0), {0b10, false});
  ASSERT_NE(with_residual, nullptr);
  EXPECT_EQ(with_residual->cost.dram.activation_read, base::Bytes(map));
  const auto* all = costs.find(last, AcceleratorId(0), {0b11, true});
  ASSERT_NE(all, nullptr);
  EXPECT_EQ(all->cost.dram.activation_read + all->cost.dram.write(), base::Bytes(0));
}

/// Resident tensors take room: where they leave none, the layer does not run so.
TEST(CostTable, ResidentTensorsTakeRoom) {
  const models::Graph graph = models::test::residual_chain();
  const std::int64_t map = 32 * 8 * 8;
  const auto feasible = [&](std::int64_t capacity, const LayerResidency& residency) {
    const System system = load_system(
        "edge_tpu",
        {{"accelerators.edge_tpu.buffers.activations.capacity", std::to_string(capacity) + " B"}});
    CostTable costs(graph, system, Objective::kEdp);
    return costs.find(LayerId(2), AcceleratorId(0), residency) != nullptr;
  };
  EXPECT_TRUE(feasible(2 * map, {0b1, true}));
  EXPECT_FALSE(feasible(2 * map - 1, {0b1, true}));
  EXPECT_TRUE(feasible(2 * map - 1, {0b1, false}));
}

/// An inference that finds its parameters reads none, and they leave their room to nobody.
TEST(CostTable, KeptParametersAreNotRead) {
  const models::Graph graph = models::test::residual_chain();
  const System system = load_system("edge_tpu");
  CostTable costs(graph, system, Objective::kEdp);
  const LayerId last(3);
  const base::Bytes mine = costs.parameter_bytes(graph.layer(last), AcceleratorId(0));
  const auto* cold = costs.find(last, AcceleratorId(0));
  ASSERT_NE(cold, nullptr);
  EXPECT_EQ(cold->cost.dram.parameter_read, mine);
  const base::Bytes capacity = system.accelerators.front().parameter_capacity();
  const auto* warm = costs.find(last, AcceleratorId(0), {0, false, capacity});
  ASSERT_NE(warm, nullptr);
  EXPECT_EQ(warm->cost.dram.parameter_read, base::Bytes(0));
  EXPECT_EQ(warm->preload, base::Bytes(0));
  EXPECT_LT(warm->cost.time, cold->cost.time);
  EXPECT_EQ(costs.find(last, AcceleratorId(0), {0, false, capacity + base::Bytes(1)}), nullptr);
}

/// Only the first factor of a product of activations can stay on chip.
TEST(CostTable, TheSecondFactorOfAProductOfActivationsComesFromDram) {
  models::Graph graph("product");
  const auto tensor = [&](const char* name, std::vector<std::int64_t> shape) {
    models::Tensor value;
    value.name = name;
    value.shape = std::move(shape);
    return graph.add_tensor(value);
  };
  models::Layer layer;
  layer.name = "product";
  layer.group = graph.add_group("product");
  layer.work = models::MacWork{models::gemm_shape(8, 16, 32)};
  layer.inputs = {tensor("a", {8, 32}), tensor("b", {32, 16})};
  layer.outputs = {tensor("c", {8, 16})};
  graph.mark_input(layer.inputs[0]);
  graph.mark_input(layer.inputs[1]);
  graph.add_layer(layer);
  graph.mark_output(layer.outputs[0]);
  graph.finish();
  const System system = load_system("edge_tpu");
  CostTable costs(graph, system, Objective::kEdp);
  const auto* through_dram = costs.find(LayerId(0), AcceleratorId(0));
  ASSERT_NE(through_dram, nullptr);
  EXPECT_EQ(through_dram->cost.dram.parameter_read, base::Bytes(0));
  EXPECT_EQ(through_dram->cost.dram.activation_read, base::Bytes(8 * 32 + 32 * 16));
  const auto* first_stays = costs.find(LayerId(0), AcceleratorId(0), {0b01, false});
  ASSERT_NE(first_stays, nullptr);
  EXPECT_EQ(first_stays->cost.dram.activation_read, base::Bytes(32 * 16));
  EXPECT_EQ(costs.find(LayerId(0), AcceleratorId(0), {0b10, false}), nullptr);
}

/// Nor does it stay from one step of a recurrence to the next, as parameters do.
TEST(CostTable, TheSecondFactorOfAProductOfActivationsIsReadInEachStep) {
  models::Graph graph("steps");
  const models::RecurrenceId loop = graph.add_recurrence("loop", 10);
  const auto tensor = [&](const char* name, std::vector<std::int64_t> shape) {
    models::Tensor value;
    value.name = name;
    value.shape = std::move(shape);
    value.per_step_of = loop;
    return value;
  };
  const auto state = [&](const char* name, std::vector<std::int64_t> shape) {
    models::Tensor value = tensor(name, std::move(shape));
    value.recurrent_state = models::RecurrentState{};
    return graph.add_tensor(value);
  };
  models::Layer layer;
  layer.name = "product";
  layer.group = graph.add_group("product");
  layer.work = models::MacWork{models::gemm_shape(8, 16, 32)};
  layer.inputs = {state("a", {8, 32}), state("b", {32, 16})};
  layer.outputs = {graph.add_tensor(tensor("c", {8, 16}))};
  layer.recurrence = loop;
  graph.add_layer(layer);
  graph.mark_output(layer.outputs[0]);
  graph.finish();
  const System system = load_system("edge_tpu");
  CostTable costs(graph, system, Objective::kEdp);
  const auto* evaluation = costs.find(LayerId(0), AcceleratorId(0));
  ASSERT_NE(evaluation, nullptr);
  EXPECT_EQ(evaluation->preload, base::Bytes(0));
  EXPECT_EQ(evaluation->cost.dram.parameter_read, base::Bytes(0));
  EXPECT_EQ(evaluation->cost.dram.activation_read, base::Bytes(10 * (8 * 32 + 32 * 16)));
}

TEST(CostTable, TheHostTakesNoMacWork) {
  const models::Graph graph = models::test::residual_chain();
  const System system = load_system("mensa_g");
  CostTable costs(graph, system, Objective::kEdp);
  const EvaluationResult& result = costs.evaluate(LayerId(0), costs.host());
  ASSERT_TRUE(std::holds_alternative<Infeasible>(result));
  EXPECT_EQ(std::get<Infeasible>(result).to_string(),
            "host needs MAC work but has none; give the system an accelerator that can run it");
}

TEST(CostTable, TheObjectiveChoosesAmongMappings) {
  const models::Graph graph = models::test::residual_chain();
  const System system = load_system("mensa_g");
  CostTable fast(graph, system, Objective::kLatency);
  CostTable frugal(graph, system, Objective::kEnergy);
  for (const Accelerator& accelerator : system.accelerators) {
    const LayerCost& a = fast.find(LayerId(1), accelerator.id)->cost;
    const LayerCost& b = frugal.find(LayerId(1), accelerator.id)->cost;
    EXPECT_LE(a.time, b.time);
    EXPECT_LE(b.energy.total(), a.energy.total());
  }
}

TEST(CostTable, TellsWhichLayerItIsAboutToEvaluate) {
  const models::Graph graph = models::test::residual_chain();
  const System system = load_system("edge_tpu");
  CostTable costs(graph, system, Objective::kEdp);
  std::vector<LayerId> heard;
  costs.tell_before_evaluation([&](LayerId id) { heard.push_back(id); });
  static_cast<void>(costs.evaluate(LayerId(1), AcceleratorId(0)));
  static_cast<void>(costs.evaluate(LayerId(0), AcceleratorId(0)));
  static_cast<void>(costs.evaluate(LayerId(1), AcceleratorId(0)));  // remembered
  EXPECT_EQ(heard, (std::vector<LayerId>{LayerId(1), LayerId(0)}));
  costs.tell_before_evaluation(nullptr);
  static_cast<void>(costs.evaluate(LayerId(2), AcceleratorId(0)));
  EXPECT_EQ(heard.size(), 2U);
}

}  // namespace
}  // namespace mensa::accelerators
