// What is gathered from a graph, a system, a schedule and a run. The run is made up from the
// analytic costs, so that no simulation is needed.

#include "traces/build_report.h"

#include <gtest/gtest.h>

#include "accelerators/spec/loader.h"
#include "scheduler/policies/policy.h"
#include "tests/support/test_graphs.h"
#include "traces/touched_bytes.h"

namespace mensa::traces {
namespace {

using accelerators::AcceleratorId;
using models::Dim;
using models::test::GraphBuilder;

/// Everything between a graph and its report.
class Pipeline {
 public:
  explicit Pipeline(models::Graph graph, const std::string& policy = "greedy",
                    const std::string& system = "mensa_g")
      : graph_(std::move(graph)),
        system_(accelerators::load_system(system)),
        costs_(graph_, system_, accelerators::Objective::kEdp),
        problem_(costs_),
        schedule_(scheduler::build_schedule(
            problem_, scheduler::make_policy(policy)->plan(problem_), policy)) {}

  [[nodiscard]] sim::RunResult made_up_run() {
    sim::RunResult run;
    run.accelerators.resize(system_.accelerators.size() + 1);
    for (std::size_t a = 0; a < run.accelerators.size(); ++a) {
      run.accelerators[a].accelerator = AcceleratorId(a);
    }
    for (const scheduler::ScheduledLayer& scheduled : schedule_.layers) {
      const auto& cost =
          costs_.find(scheduled.layer, scheduled.accelerator, scheduled.residency)->cost;
      sim::LayerRun& layer = run.layers.emplace_back();
      layer.layer = scheduled.layer;
      layer.accelerator = scheduled.accelerator;
      layer.start = scheduled.start;
      layer.end = scheduled.end;
      layer.cost = layer.analytic = cost;
      layer.activities.add(sim::Activity::kBusy, 7);
      run.accelerators[scheduled.accelerator.index()].active += cost.time;
      run.energy += cost.energy;
    }
    for (const accelerators::Accelerator& accelerator : system_.accelerators) {
      run.accelerators[accelerator.id.index()].peak_occupancy.assign(accelerator.buffers.size(),
                                                                     base::Bytes(1024));
    }
    run.latency = schedule_.latency;
    run.ports.push_back(
        {system_.ports.front().id, base::Bytes(3), base::Bytes(4), base::Seconds(1), {5, 6, 7}, 8});
    return run;
  }

  [[nodiscard]] Report report() {
    const sim::RunResult run = made_up_run();
    sim::RunResult ideal = run;
    ideal.latency = run.latency / 2;
    for (sim::LayerRun& layer : ideal.layers) layer.cost.time = layer.cost.time / 2;
    return build_report(problem_, schedule_, run, &ideal, scheduler::FamilyTable::load(), {});
  }

  [[nodiscard]] TouchedBytes touched(std::size_t layer) {
    return touched_bytes(problem_, schedule_, models::LayerId(layer));
  }

  [[nodiscard]] scheduler::Schedule& schedule() { return schedule_; }
  [[nodiscard]] accelerators::CostTable& costs() { return costs_; }

 private:
  models::Graph graph_;
  accelerators::System system_;
  accelerators::CostTable costs_;
  scheduler::SchedulingProblem problem_;
  scheduler::Schedule schedule_;
};

models::Graph one_convolution(const models::ProblemShape& shape, std::int64_t side) {
  GraphBuilder build("one");
  const auto bound = [&](Dim dim) { return shape.bound(dim); };
  const models::TensorId input = build.input("input", {1, bound(Dim::C), side, side});
  return build.finish(build.mac("conv", input, shape,
                                {bound(Dim::K), bound(Dim::C), bound(Dim::R), bound(Dim::S)},
                                {1, bound(Dim::K), bound(Dim::P), bound(Dim::Q)}));
}

models::Graph one_lstm() {
  GraphBuilder build("lstm");
  const models::TensorId input = build.input("input", {10, 1, 32});
  return build.finish(build.lstm("lstm", input, 32, 64, 10));
}

TEST(BuildReport, DescribesModelSystemAndPolicy) {
  const Report report = Pipeline(models::test::residual_chain(), "single:pascal").report();
  EXPECT_EQ(report.model.name, "residual_chain");
  EXPECT_EQ(report.model.element_type, "float32");
  EXPECT_EQ(report.model.layers, 4U);
  EXPECT_EQ(report.model.macs, (16 * 32 + 3 * 32 * 32) * 64);
  EXPECT_EQ(report.model.parameters, 16 * 32 + 3 * 32 * 32);
  EXPECT_EQ(report.system.name, "mensa_g");
  ASSERT_EQ(report.system.accelerators.size(), 3U);
  EXPECT_EQ(report.system.accelerators[0].rows, 32);
  EXPECT_EQ(report.system.accelerators[0].peak_macs_per_s, 1.024e12);
  double area = 0;
  for (const AcceleratorSummary& accelerator : report.system.accelerators) {
    EXPECT_GT(accelerator.area.total().value(), 0) << accelerator.name;
    area += accelerator.area.total().value();
  }
  EXPECT_NEAR(report.system.area.total().value(), area, 1e-12);
  // 32 x 32 PEs of 5 uW.
  EXPECT_NEAR(report.system.accelerators[0].array_leakage.value(), 1024 * 5e-6, 1e-15);
  EXPECT_GT(report.system.accelerators[0].buffer_leakage.value(), 0);
  EXPECT_GT(report.system.memory_background.value(), 0);
  EXPECT_EQ(report.policy.name, "single:pascal");
  EXPECT_EQ(report.policy.objective, "edp");
  EXPECT_EQ(report.provenance.mapper, "pruned");
  EXPECT_EQ(report.precision_note,
            "fp32 model runs at int8 weights / int8 activations / int32 accumulators (native "
            "precision of pascal)");
}

TEST(BuildReport, TotalsAreTheSumOfTheLayers) {
  const Report report = Pipeline(models::test::residual_chain()).report();
  std::int64_t macs = 0;
  base::Bytes read, written;
  double energy = 0;
  for (const LayerReport& layer : report.layers) {
    macs += layer.macs;
    read += layer.cost.dram.read();
    written += layer.cost.dram.write();
    energy += layer.cost.energy.total().value();
  }
  EXPECT_EQ(report.totals.macs, macs);
  EXPECT_EQ(report.totals.macs, report.model.macs);
  EXPECT_EQ(report.totals.dram_read, read);
  EXPECT_EQ(report.totals.dram_write, written);
  EXPECT_DOUBLE_EQ(report.totals.energy.total().value(), energy);
  EXPECT_DOUBLE_EQ(report.totals.joules(), energy / 1e12);
}

TEST(BuildReport, UtilizationIsOfTheRunningAcceleratorAndOfTheSystem) {
  const Report report = Pipeline(models::test::residual_chain(), "single:pascal").report();
  double possible = 0;
  for (const LayerReport& layer : report.layers) {
    possible += 1024.0 * static_cast<double>(layer.cost.cycles.value());
  }
  const auto macs = static_cast<double>(report.totals.macs);
  EXPECT_NEAR(report.totals.pe_utilization, macs / possible, 1e-12);
  const double all = (1024 + 64 + 256) * 1e9 * report.totals.latency.value();
  EXPECT_NEAR(report.totals.system_pe_utilization, macs / all, 1e-12);
  EXPECT_NEAR(*report.accelerators[0].makespan_pe_utilization,
              macs / (1024e9 * report.totals.latency.value()), 1e-12);
  EXPECT_EQ(report.accelerators[1].pe_utilization, 0.0);
}

TEST(BuildReport, AcceleratorsShareOutLayersMacsAndEnergy) {
  const Report report = Pipeline(one_lstm()).report();
  std::int64_t layers = 0;
  std::int64_t macs = 0;
  double energy = 0;
  for (const AcceleratorReport& accelerator : report.accelerators) {
    layers += accelerator.layers;
    macs += accelerator.macs;
    energy += accelerator.energy.total().value();
  }
  EXPECT_EQ(layers, 3);
  EXPECT_EQ(macs, report.totals.macs);
  EXPECT_NEAR(energy, report.totals.energy.total().value(), 1e-9 * energy);
}

TEST(BuildReport, BuffersAreNamedWithTheirCapacity) {
  const Report report = Pipeline(models::test::residual_chain()).report();
  const AcceleratorReport& pascal = report.accelerators[0];
  ASSERT_EQ(pascal.buffers.size(), 2U);
  EXPECT_EQ(pascal.buffers[1].name, "activations");
  EXPECT_EQ(pascal.buffers[1].capacity, base::Bytes(256 * 1024));
  EXPECT_EQ(pascal.buffers[1].peak, base::Bytes(1024));
  EXPECT_EQ(pascal.buffers[1].peak_share(), 1.0 / 256);
}

TEST(BuildReport, HostStandsThereOnlyWhereItRan) {
  Pipeline pipeline(models::test::residual_chain());
  EXPECT_EQ(pipeline.report().accelerators.size(), 3U);
}

TEST(BuildReport, LayersSayWhatTheyAre) {
  const Report report = Pipeline(models::test::residual_chain(), "single:pascal").report();
  const LayerReport& layer = report.layers[3];
  EXPECT_EQ(layer.id, 3U);
  EXPECT_EQ(layer.name, "c");
  EXPECT_EQ(layer.work, "mac");
  EXPECT_EQ(layer.node, "c");
  EXPECT_EQ(layer.accelerator, "pascal");
  EXPECT_EQ(layer.dataflow, "pascal");
  EXPECT_TRUE(layer.mapping.has_value());
  EXPECT_TRUE(layer.family.has_value());
  EXPECT_EQ(layer.kernel, "dense int8");
  EXPECT_EQ(layer.weight_bits, 8);
  EXPECT_EQ(layer.accumulator_bits, 32);
  EXPECT_EQ(layer.parameter_bytes.value(), 32 * 32);
  EXPECT_EQ(layer.input_bytes.value(), 2 * 32 * 64);  // with the shortcut
  EXPECT_EQ(layer.output_bytes.value(), 32 * 64);
  ASSERT_EQ(layer.fused.size(), 1U);
  EXPECT_EQ(layer.fused[0].op, "Add");
  EXPECT_EQ(layer.fused[0].node, "add");
  ASSERT_TRUE(layer.weight_density.has_value());
  EXPECT_EQ(layer.weight_density->value, 1.0);
  EXPECT_EQ(layer.weight_density->origin, "assumed dense");
}

TEST(BuildReport, VectorWorkHasNoMapping) {
  const Report report = Pipeline(one_lstm()).report();
  const LayerReport& gates = report.layers[2];
  EXPECT_EQ(gates.work, "vector");
  EXPECT_EQ(gates.kernel, "vector");
  EXPECT_EQ(gates.macs, 0);
  EXPECT_FALSE(gates.mapping.has_value());
  EXPECT_FALSE(gates.dataflow.has_value());
  EXPECT_FALSE(gates.family.has_value());
  EXPECT_FALSE(gates.weight_density.has_value());
  EXPECT_EQ(gates.steps, 10);
}

TEST(BuildReport, TransfersAndPortsAreNamed) {
  const Report report = Pipeline(one_lstm()).report();
  ASSERT_EQ(report.ports.size(), 1U);
  EXPECT_EQ(report.ports[0].memory, "stack");
  EXPECT_EQ(report.ports[0].port, "external");
  EXPECT_EQ(report.ports[0].read.value(), 3);
  EXPECT_EQ(static_cast<std::int64_t>(report.transfers.size()), report.totals.transfers);
}

TEST(BuildReport, UnknownDensityStaysUnknown) {
  models::Graph graph("weightless");
  models::Tensor input;
  input.name = "input";
  input.shape = {4, 16};
  const auto read = graph.add_tensor(input);
  graph.mark_input(read);
  models::Tensor weights;
  weights.name = "weights";
  weights.shape = {8, 16};
  weights.constant = true;
  weights.sparsity = std::make_shared<models::SparsityProfile>(
      models::SparsityProfile{1.0, models::DensityOrigin::kUnknown});
  models::Tensor output;
  output.name = "output";
  output.shape = {4, 8};
  models::Layer layer;
  layer.name = "gemm";
  layer.op = "Gemm";
  layer.group = graph.add_group("gemm");
  layer.work = models::MacWork{models::gemm_shape(4, 8, 16)};
  layer.inputs = {read};
  layer.parameters = {graph.add_tensor(weights)};
  layer.outputs = {graph.add_tensor(output)};
  graph.add_layer(layer);
  graph.mark_output(layer.outputs.front());
  graph.finish();
  const Report report = Pipeline(std::move(graph)).report();
  EXPECT_FALSE(report.layers[0].weight_density->value.has_value());
  EXPECT_EQ(report.layers[0].weight_density->origin, "unknown");
  EXPECT_EQ(report.layers[0].activation_density->value, 1.0);
}

TEST(TouchedBytes, LeavesOutWhatStridesSkip) {
  models::ProblemShape shape;
  shape.bounds[models::index(Dim::K)] = 8;
  shape.bounds[models::index(Dim::C)] = 4;
  shape.bounds[models::index(Dim::P)] = shape.bounds[models::index(Dim::Q)] = 4;
  shape.stride = {1, 2, 2};
  shape.input_size = {1, 8, 8};
  Pipeline pipeline(one_convolution(shape, 8));
  EXPECT_EQ(pipeline.touched(0).inputs.value(), 4 * 4 * 4);
  EXPECT_EQ(pipeline.touched(0).outputs.value(), 8 * 4 * 4);
  EXPECT_EQ(pipeline.touched(0).parameters.value(), 8 * 4);
}

TEST(TouchedBytes, CountsEachStepOfWhatTheNextOneOverwrites) {
  Pipeline pipeline(one_lstm());
  const TouchedBytes input_product = pipeline.touched(0);
  EXPECT_EQ(input_product.inputs.value(), 10 * 32);
  EXPECT_EQ(input_product.outputs.value(), 10 * 4 * 64 * 4);  // at accumulator width
  const TouchedBytes hidden_product = pipeline.touched(1);
  EXPECT_EQ(hidden_product.inputs.value(), 10 * 64);
  EXPECT_EQ(hidden_product.outputs.value(), 10 * 4 * 64 * 4);
  EXPECT_EQ(hidden_product.parameters.value(), 4 * 64 * 64);  // however often it is read
}

/// A product of 8 by 8 in ten steps, whose results are the next step's state and a list of all.
models::Graph one_listed_product() {
  models::Graph graph("listed");
  models::Tensor first;
  first.name = "first";
  first.shape = {1, 8};
  models::Tensor weights = first;
  weights.name = "weights";
  weights.shape = {8, 8};
  weights.constant = true;
  models::Tensor result = first;
  result.name = "result";
  result.per_step_of = graph.add_recurrence("loop", 10);
  models::Tensor list = first;
  list.name = "list";
  list.shape = {10, 8};
  models::Layer layer;
  layer.name = layer.op = "product";
  layer.group = graph.add_group("product");
  layer.work = models::MacWork{models::gemm_shape(1, 8, 8)};
  layer.recurrence = result.per_step_of;
  layer.outputs = {graph.add_tensor(result), graph.add_tensor(list)};
  models::Tensor state = result;
  state.name = "state";
  state.recurrent_state = models::RecurrentState{graph.add_tensor(first), layer.outputs.front()};
  graph.mark_input(*state.recurrent_state->initial);
  layer.inputs = {graph.add_tensor(state)};
  layer.parameters = {graph.add_tensor(weights)};
  graph.mark_output(layer.outputs.back());
  graph.add_layer(std::move(layer));
  graph.finish();
  return graph;
}

TEST(TouchedBytes, CountsAResultOfTwoNamesOnce) {
  Pipeline pipeline(one_listed_product());
  EXPECT_EQ(pipeline.touched(0).inputs.value(), 10 * 8);
  EXPECT_EQ(pipeline.touched(0).outputs.value(), 10 * 8);
}

TEST(TouchedBytes, SaysWhatIsResident) {
  Pipeline pipeline(models::test::residual_chain(), "single:pascal");
  auto& layers = pipeline.schedule().layers;
  layers[3].residency = {0b01, true};
  const TouchedBytes touched = pipeline.touched(3);
  EXPECT_EQ(touched.resident_inputs.value(), 32 * 64);
  EXPECT_EQ(touched.resident_outputs, touched.outputs);
  layers[3].residency = {};
  EXPECT_EQ(pipeline.touched(3).resident_inputs.value(), 0);
}

}  // namespace
}  // namespace mensa::traces
