#include "sim/engine/simulate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tlm_utils/multi_passthrough_target_socket.h>

#include "accelerators/spec/loader.h"
#include "scheduler/policies/policy.h"
#include "sim/platform/foreign_memory.h"
#include "tests/support/sanitizers.h"
#include "tests/support/test_graphs.h"

// ctest runs every test in a process of its own: each may simulate once.

namespace mensa::sim {
namespace {

using accelerators::CostTable;
using accelerators::Objective;
using models::TensorId;
using models::test::GraphBuilder;
using scheduler::Schedule;
using scheduler::SchedulingProblem;

struct Outcome {
  Outcome(models::Graph model, const std::string& system_name, const std::string& policy,
          const accelerators::ParameterOverrides& overrides = {},
          MemoryModel memory = MemoryModel::kIdeal)
      : graph(std::move(model)),
        system(accelerators::load_system(system_name, overrides)),
        costs(graph, system, Objective::kEdp),
        problem(costs) {
    problem.check();
    schedule =
        scheduler::build_schedule(problem, scheduler::make_policy(policy)->plan(problem), policy);
    scheduler::verify(problem, schedule);
    SimulationOptions options;
    options.memory = memory;
    result = simulate(problem, schedule, options);
  }
  models::Graph graph;
  accelerators::System system;
  CostTable costs;
  SchedulingProblem problem;
  Schedule schedule;
  RunResult result;
};

void expect_conservation(const Outcome& run) {
  std::int64_t read = 0;
  std::int64_t written = 0;
  std::int64_t macs = 0;
  double energy = 0;
  for (const LayerRun& layer : run.result.layers) {
    EXPECT_EQ(layer.cost.dram, layer.analytic.dram) << run.graph.layer(layer.layer).name;
    EXPECT_GE(layer.cost.cycles, layer.cost.compute_cycles);
    EXPECT_GE(layer.cost.cycles, layer.cost.memory_cycles - base::Cycles(1));
    EXPECT_LE(layer.end, run.result.latency);
    read += layer.cost.dram.read().value();
    written += layer.cost.dram.write().value();
    macs += layer.cost.macs;
    energy += layer.cost.energy.total().value();
  }
  for (const PortRun& port : run.result.ports) {
    read -= port.read.value();
    written -= port.written.value();
    EXPECT_LE(port.busy, run.result.latency);
    const accelerators::MemoryPort& spec = run.system.port(port.port);
    const auto both = static_cast<double>((port.read + port.written).value());
    const auto one_way = static_cast<double>(std::max(port.read, port.written).value());
    EXPECT_LE(spec.duplex == accelerators::Duplex::kFull ? one_way : both,
              spec.bandwidth.value() * run.result.latency.value() * (1 + 1e-9));
  }
  EXPECT_EQ(read, 0);
  EXPECT_EQ(written, 0);
  EXPECT_EQ(macs, run.graph.macs());
  EXPECT_NEAR(energy, run.result.energy.total().value(), 1e-9 * energy);
  for (const AcceleratorRun& accelerator : run.result.accelerators) {
    EXPECT_LE(accelerator.busy, accelerator.active);
    EXPECT_LE(accelerator.active, run.result.latency);
  }
}

TEST(Simulate, AResidualChainAgreesWithTheAnalyticModel) {
  const Outcome run(models::test::residual_chain(), "edge_tpu", "mensa");
  expect_conservation(run);
  EXPECT_NEAR(run.result.latency.value(), run.schedule.latency.value(),
              0.05 * run.schedule.latency.value());
}

TEST(Simulate, AFullDuplexPortAgreesWithTheAnalyticModel) {
  const Outcome run(models::test::residual_chain(), "edge_tpu", "mensa",
                    {{"memories.lpddr4.timing", "none"},
                     {"memories.lpddr4.bandwidth", "64 GB/s"},
                     {"memories.lpddr4.ports.bus.duplex", "full"}});
  expect_conservation(run);
  EXPECT_NEAR(run.result.latency.value(), run.schedule.latency.value(),
              0.05 * run.schedule.latency.value());
}

TEST(Simulate, AnLstmOnMensaG) {
  GraphBuilder build("lstm");
  const TensorId x = build.input("input", {50, 1, 256});
  const Outcome run(build.finish(build.lstm("lstm", x, 256, 512, 50)), "mensa_g", "mensa");
  expect_conservation(run);
  EXPECT_NEAR(run.result.latency.value(), run.schedule.latency.value(),
              0.10 * run.schedule.latency.value());
}

TEST(Simulate, AnLstmOnTheEdgeTpu) {
  GraphBuilder build("lstm");
  const TensorId x = build.input("input", {50, 1, 256});
  const Outcome run(build.finish(build.lstm("lstm", x, 256, 512, 50)), "edge_tpu", "mensa");
  expect_conservation(run);
}

/// Two branches on two accelerators run at once; the join waits for both.
TEST(Simulate, BranchesOnTwoAcceleratorsOverlap) {
  GraphBuilder build("branches");
  const TensorId x = build.input("input", {1, 64, 16, 16});
  const TensorId a = build.pointwise("a", x, 64, 128, 16);
  const TensorId b = build.pointwise("b", x, 64, 128, 16);
  models::Graph graph = build.finish(build.elementwise("join", {a, b}, 128 * 256));
  const accelerators::System system = accelerators::load_system("mensa_g");
  CostTable costs(graph, system, Objective::kEdp);
  const SchedulingProblem problem(costs, scheduler::Concurrency::kLayers);
  const Schedule schedule = scheduler::build_schedule(
      problem,
      {{system.accelerator("pascal").id, system.accelerator("jacquard").id,
        system.accelerator("pascal").id}},
      "test");
  scheduler::verify(problem, schedule);
  const RunResult result = simulate(problem, schedule);
  EXPECT_LT(result.layers[1].start, result.layers[0].end);
  EXPECT_LT(result.layers[0].start, result.layers[1].end);
  EXPECT_GE(result.layers[2].start, result.layers[0].end);
  EXPECT_GE(result.layers[2].start, result.layers[1].end);
}

/// What streams of inferences do to the parameters.
class Streams : public ::testing::Test {
 protected:
  struct Model {
    Model(models::Graph of, const accelerators::System& system)
        : graph(std::move(of)), costs(graph, system, Objective::kEdp), problem(costs) {
      schedule = scheduler::build_schedule(problem, scheduler::make_policy("greedy")->plan(problem),
                                           "greedy");
      scheduler::verify(problem, schedule);
      for (const models::Layer& layer : graph.layers()) {
        parameters += costs.parameter_bytes(layer, accelerators::AcceleratorId(0));
      }
    }
    models::Graph graph;
    CostTable costs;
    SchedulingProblem problem;
    Schedule schedule;
    base::Bytes parameters;
  };
  static std::vector<base::Seconds> arrivals(std::int64_t count, double offset = 0) {
    constexpr double kFarApart = 0.01;
    std::vector<base::Seconds> times;
    for (std::int64_t i = 0; i < count; ++i) {
      times.emplace_back(offset + kFarApart * static_cast<double>(i));
    }
    return times;
  }
  static RunResult run(const std::vector<Stream>& streams) {
    SimulationOptions options;
    options.memory = MemoryModel::kIdeal;
    return std::move(simulate({Simulation{streams, options}}).front());
  }
};

TEST_F(Streams, KeptParametersAreLoadedOnce) {
  const accelerators::System system = accelerators::load_system("edge_tpu");
  const Model model(models::test::residual_chain(), system);
  const RunResult result = run({{&model.problem, &model.schedule, arrivals(5)}});
  const StreamRun& stream = result.streams.front();
  EXPECT_EQ(stream.dram.parameter_read, model.parameters);
  EXPECT_LT(stream.inferences[1].latency(), stream.inferences[0].latency());
  constexpr double kPicosecond = 1e-12;
  EXPECT_NEAR(stream.inferences[4].latency().value(), stream.inferences[1].latency().value(),
              kPicosecond);
  base::Seconds warm;
  for (const models::Layer& layer : model.graph.layers()) {
    warm +=
        model.problem.costs()
            .find(layer.id, accelerators::AcceleratorId(0), model.schedule.warm_residency(layer.id))
            ->cost.time;
  }
  EXPECT_NEAR(stream.inferences[1].latency().value(), warm.value(), 0.05 * warm.value());
}

TEST_F(Streams, ParametersAreLoadedEachTimeWhereTheyDoNotStay) {
  const accelerators::System system =
      accelerators::load_system("edge_tpu", {{"accelerators.edge_tpu.keeps_parameters", "false"}});
  const Model model(models::test::residual_chain(), system);
  const RunResult result = run({{&model.problem, &model.schedule, arrivals(5)}});
  EXPECT_EQ(result.streams.front().dram.parameter_read.value(), 5 * model.parameters.value());
}

TEST_F(Streams, AnotherModelOnTheAcceleratorDrivesParametersOut) {
  const accelerators::System system = accelerators::load_system("edge_tpu");
  const Model a(models::test::residual_chain(), system);
  const Model b(models::test::residual_chain(), system);
  const RunResult taking_turns =
      run({{&a.problem, &a.schedule, arrivals(3)}, {&b.problem, &b.schedule, arrivals(3, 0.005)}});
  for (const StreamRun& stream : taking_turns.streams) {
    EXPECT_EQ(stream.dram.parameter_read.value(), 3 * a.parameters.value());
  }
}

/// Serves one request at a time, a byte a nanosecond.
class SlowMemory : public sc_core::sc_module, public ForeignMemory {
 public:
  explicit SlowMemory(const sc_core::sc_module_name& name) : sc_module(name) {
    socket_.register_b_transport(this, &SlowMemory::b_transport);
  }
  void bind(tlm::tlm_initiator_socket<>& initiator) override { initiator.bind(socket_); }
  std::int64_t bytes = 0;

 private:
  void b_transport(int /*initiator*/, tlm::tlm_generic_payload& request,
                   sc_core::sc_time& /*delay*/) {
    turn_.lock();
    wait(sc_core::sc_time(request.get_data_length(), sc_core::SC_NS));
    turn_.unlock();
    bytes += request.get_data_length();
    request.set_response_status(tlm::TLM_OK_RESPONSE);
  }
  tlm_utils::multi_passthrough_target_socket<SlowMemory> socket_{"socket"};
  sc_core::sc_mutex turn_;
};

TEST_F(Streams, AForeignMemoryTakesAPortsPlace) {
  const accelerators::System system = accelerators::load_system("edge_tpu");
  const Model model(models::test::residual_chain(), system);
  SlowMemory slow("slow");
  Simulation simulation{{{&model.problem, &model.schedule, arrivals(1)}}, {}};
  simulation.options.foreign_memories[accelerators::PortId(0)] = &slow;
  const RunResult result = std::move(simulate({simulation}).front());
  EXPECT_EQ((result.ports[0].read + result.ports[0].written).value(), slow.bytes);
  base::Bytes analytic;
  for (const LayerRun& layer : result.layers) {
    analytic += layer.analytic.dram.read() + layer.analytic.dram.write();
  }
  EXPECT_EQ(analytic.value(), slow.bytes);
  // Nothing but the memory matters, and reads and writes take turns at it.
  EXPECT_GE(result.latency.value(), static_cast<double>(slow.bytes) * 1e-9);
  EXPECT_LE(result.latency.value(), static_cast<double>(slow.bytes) * 1e-9 * 1.05);
  EXPECT_GT(result.energy.dram.value(), 0);
}

TEST(Simulate, LaunchOverheadDelaysEveryLayer) {
  const Outcome run(models::test::residual_chain(), "edge_tpu", "mensa",
                    {{"accelerators.edge_tpu.launch_overhead", "100 us"}});
  EXPECT_GE(run.result.latency.value(), 4 * 99.99e-6);
  EXPECT_NEAR(run.result.layers[0].start.value(), 100e-6, 1e-12);
}

TEST(Simulate, TheHostRunsWhatNobodyElseCan) {
  GraphBuilder build("model");
  const TensorId x = build.input("input", {1, 16, 8, 8});
  const TensorId a = build.pointwise("a", x, 16, 16, 8);
  const Outcome run(build.finish(build.elementwise("relu", {a}, 16 * 64)), "edge_tpu", "greedy",
                    {{"accelerators.edge_tpu.vector_lanes", "0"}});
  expect_conservation(run);
  EXPECT_GT(run.result.energy.host.value(), 0);
  EXPECT_EQ(run.result.layers[1].accelerator, run.costs.host());
}

TEST(Simulate, ASecondSimulationInOneProcessIsRefused) {
  // The kernel's coroutines make AddressSanitizer see stacks that are none.
  if (mensa::test::kSanitized) GTEST_SKIP() << "exceptions after sc_start() confuse the sanitizer";
  const Outcome run(models::test::residual_chain(), "edge_tpu", "mensa");
  EXPECT_THROW(static_cast<void>(simulate(run.problem, run.schedule)), std::logic_error);
}

/// The second layer stands before the first, which it reads: verify() would not have it.
TEST(Simulate, AScheduleThatCannotProgressSaysWhoWaitsForWhom) {
  // The kernel's coroutines make AddressSanitizer see stacks that are none.
  if (mensa::test::kSanitized) GTEST_SKIP() << "exceptions after sc_start() confuse the sanitizer";
  GraphBuilder build("chain");
  const TensorId x = build.input("input", {1, 16, 8, 8});
  const models::Graph graph =
      build.finish(build.pointwise("second", build.pointwise("first", x, 16, 16, 8), 16, 16, 8));
  const accelerators::System system = accelerators::load_system("edge_tpu");
  CostTable costs(graph, system, Objective::kEdp);
  const SchedulingProblem problem(costs);
  Schedule schedule =
      scheduler::build_schedule(problem, scheduler::make_policy("greedy")->plan(problem), "greedy");
  ASSERT_EQ(schedule.blocks.size(), 2U);
  std::swap(schedule.blocks[0], schedule.blocks[1]);
  EXPECT_THAT([&] { static_cast<void>(simulate(problem, schedule)); },
              testing::ThrowsMessage<std::logic_error>(
                  testing::AllOf(testing::HasSubstr("cannot progress"),
                                 testing::HasSubstr("'second' waits for: 'first'"))));
}

}  // namespace
}  // namespace mensa::sim
