// What schedules take in the buffers of their accelerators: by program, and as it is simulated.

#include "sim/engine/buffer_room.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <string>

#include "accelerators/spec/loader.h"
#include "scheduler/policies/policy.h"
#include "sim/engine/simulate.h"
#include "tests/support/sanitizers.h"
#include "tests/support/test_graphs.h"

// ctest runs every test in a process of its own: each may simulate once.

namespace mensa::sim {
namespace {

using accelerators::CostTable;
using accelerators::Objective;
using base::Bytes;
using models::TensorId;
using models::test::GraphBuilder;
using testing::AllOf;
using testing::HasSubstr;

/// A graph on a system, scheduled by a policy or with units on accelerators drawn by `random`.
struct PlannedRoom {
  PlannedRoom(models::Graph model, const std::string& system_name,
              const accelerators::ParameterOverrides& overrides = {})
      : graph(std::move(model)), system(accelerators::load_system(system_name, overrides)) {
    schedule = build(scheduler::make_policy("mensa")->plan(problem));
  }
  PlannedRoom(models::Graph model, const std::string& system_name,
              const accelerators::ParameterOverrides& overrides, std::mt19937& random)
      : graph(std::move(model)), system(accelerators::load_system(system_name, overrides)) {
    scheduler::Assignment assignment(graph.layers().size());
    for (const auto& unit : problem.units()) {
      const auto candidates = problem.candidates(unit);
      if (candidates.empty()) return;  // nothing has room for it
      const accelerators::AcceleratorId chosen = candidates[random() % candidates.size()];
      for (const models::LayerId layer : unit) assignment[layer.index()] = chosen;
    }
    schedule = build({assignment});
  }
  [[nodiscard]] scheduler::Schedule build(const scheduler::Plan& plan) const {
    scheduler::Schedule built = scheduler::build_schedule(problem, plan, "test");
    scheduler::verify(problem, built);
    return built;
  }
  [[nodiscard]] std::vector<BlockProgram> programs(bool warm = false) const {
    return make_programs(problem, schedule, Grain::kCoalesced, 1 << 12, warm);
  }
  [[nodiscard]] Simulation simulation(std::size_t inferences = 1, bool log = false) const {
    Simulation one{{Stream{&problem, &schedule, {}}}, {}};
    one.streams.front().arrivals.assign(inferences, base::Seconds(0));
    one.options.log_events = log;
    return one;
  }

  models::Graph graph;
  accelerators::System system;
  CostTable costs{graph, Objective::kEdp,
                  std::make_shared<accelerators::MappingCache>(
                      system, accelerators::MapperOptions{accelerators::Effort::kFast})};
  scheduler::SchedulingProblem problem{costs, scheduler::Concurrency::kLayers};
  scheduler::Schedule schedule;
};

models::Graph chain() {
  GraphBuilder build("chain");
  const TensorId a = build.pointwise("a", build.input("input", {1, 16, 8, 8}), 16, 16, 8);
  return build.finish(build.pointwise("c", build.pointwise("b", a, 16, 16, 8), 16, 16, 8));
}

models::Graph lstm(std::int64_t inputs, std::int64_t hidden, std::int64_t steps) {
  GraphBuilder build("lstm");
  const TensorId x = build.input("input", {steps, 1, inputs});
  return build.finish(build.lstm("lstm", x, inputs, hidden, steps));
}

void expect_room(const PlannedRoom& planned, bool warm = false) {
  for (const BlockProgram& program : planned.programs(warm)) {
    if (program.accelerator == planned.costs.host()) continue;
    const auto& buffers = planned.system.accelerator(program.accelerator).buffers;
    for (std::size_t b = 0; b < buffers.size(); ++b) {
      EXPECT_LE(program.leaves[b], program.stays[b]);
      for (const LayerProgram& layer : program.layers) {
        EXPECT_EQ(layer.room.stays[b], Bytes(0));
        EXPECT_LE(program.stays[b] + layer.room.total()[b], buffers[b].capacity)
            << layer.name << " in " << buffers[b].name;
      }
    }
  }
}

/// Each map of the chain is 1 KiB and stays for the next layer.
TEST(BufferRoom, OutputsStayBetweenBlocks) {
  const PlannedRoom planned(chain(), "edge_tpu");
  const std::vector<BlockProgram> programs = planned.programs();
  ASSERT_EQ(programs.size(), 3U);
  constexpr std::size_t kActivations = 1;
  constexpr Bytes kMap(1024);
  EXPECT_EQ(programs[0].stays[kActivations], kMap);
  EXPECT_EQ(programs[0].leaves[kActivations], kMap);
  EXPECT_EQ(programs[1].stays[kActivations], kMap * 2);
  EXPECT_EQ(programs[1].leaves[kActivations], kMap);
  EXPECT_EQ(programs[2].stays[kActivations], kMap);
  EXPECT_EQ(programs[2].leaves[kActivations], Bytes(0));
  EXPECT_EQ(programs[0].layers[0].name, "a");
  expect_room(planned);
}

/// 3 x 256 B of parameters, all of which the second inference finds.
TEST(BufferRoom, ParametersStayBetweenInferences) {
  const PlannedRoom planned(chain(), "edge_tpu");
  constexpr std::size_t kParameters = 0;
  for (const BlockProgram& program : planned.programs(true)) {
    EXPECT_EQ(program.stays[kParameters], Bytes(3 * 256));
    EXPECT_EQ(program.leaves[kParameters], Bytes(3 * 256));
    EXPECT_EQ(program.layers[0].tile_counts[models::index(models::MacOperand::kWeights)], 0);
  }
  expect_room(planned, true);
}

/// Weights of both products stay through all steps, and so does what one step hands to the next.
TEST(BufferRoom, ARecurrenceKeepsItsParametersAndState) {
  const PlannedRoom planned(lstm(64, 128, 10), "edge_tpu");
  const BlockProgram program = planned.programs().at(0);
  ASSERT_EQ(program.layers.size(), 3U);
  EXPECT_EQ(program.stays[0], Bytes(4 * 128 * (64 + 128)));
  // Sums of both products at four bytes each, and the state.
  EXPECT_EQ(program.stays[1], Bytes(2 * 4 * 128 * 4 + 128));
  EXPECT_EQ(program.leaves[1], Bytes(0));
  expect_room(planned);
}

/// The mapping was made for larger buffers than the accelerator has.
TEST(BufferRoom, ABufferThatIsTooSmallIsAFaultOfOurs) {
  // The kernel's coroutines make AddressSanitizer see stacks that are none.
  if (test::kSanitized) GTEST_SKIP() << "exceptions after sc_start() confuse the sanitizer";
  PlannedRoom planned(chain(), "edge_tpu");
  planned.system.accelerators[0].buffers[0].capacity = Bytes(255);
  EXPECT_THAT([&] { static_cast<void>(simulate({planned.simulation()})); },
              testing::ThrowsMessage<std::logic_error>(
                  AllOf(HasSubstr("edge_tpu: buffer 'parameters' holds 256 B of 255 B"),
                        HasSubstr("layer 'a'"))));
}

TEST(BufferRoom, PeaksAreTheLargestSamplesOfTheLog) {
  const PlannedRoom planned(lstm(64, 128, 10), "mensa_g");
  const std::vector<RunResult> results = simulate({planned.simulation(1, true)});
  const RunResult& result = results.front();
  const EventLog& log = result.log.value();
  std::map<std::pair<std::string, std::string>, std::vector<std::int64_t>> samples;
  for (const EventLog::Sample& sample : log.samples) {
    const EventLog::Counter& counter = log.counters[sample.counter];
    samples[{counter.group, counter.name}].push_back(sample.value);
  }
  bool any = false;
  for (const accelerators::Accelerator& accelerator : planned.system.accelerators) {
    const auto& peaks = result.accelerators[accelerator.id.index()].peak_occupancy;
    ASSERT_EQ(peaks.size(), accelerator.buffers.size());
    for (std::size_t b = 0; b < peaks.size(); ++b) {
      const auto& values = samples.at({accelerator.name, "buffer " + accelerator.buffers[b].name});
      EXPECT_EQ(*std::max_element(values.begin(), values.end()), peaks[b].value());
      EXPECT_EQ(values.back(), 0);
      EXPECT_LE(peaks[b], accelerator.buffers[b].capacity);
      any = any || peaks[b] > Bytes(0);
    }
  }
  EXPECT_TRUE(any);
  EXPECT_TRUE(result.accelerators.back().peak_occupancy.empty());  // the host
}

/// A chain of convolutions with residuals and joins, or an LSTM between products.
models::Graph random_graph(std::mt19937& random) {
  GraphBuilder build("random");
  const auto below = [&](std::uint32_t bound) {
    return static_cast<std::int64_t>(random() % bound);
  };
  if (random() % 3 == 0) return lstm(16 * (1 + below(20)), 16 * (1 + below(20)), 2 + below(4));
  const std::int64_t side = 4 + below(20);
  const std::int64_t channels = 8 * (1 + below(12));
  const std::int64_t elements = channels * side * side;
  std::vector<TensorId> maps = {
      build.pointwise("first", build.input("input", {1, 8, side, side}), 8, channels, side)};
  for (int i = 0; i < 6; ++i) {
    const TensorId earlier = maps[random() % maps.size()];
    const std::string name = "layer" + std::to_string(i);
    if (random() % 4 == 0 && earlier != maps.back()) {
      maps.push_back(build.elementwise(name, {maps.back(), earlier}, elements));
      continue;
    }
    std::vector<models::Epilogue> tail;
    if (random() % 2 == 0 && earlier != maps.back()) {
      tail.push_back(
          {"Add", name + "/add", models::VectorWork{2 * elements, elements, 1}, {earlier}, {}});
    }
    maps.push_back(build.pointwise(name, maps.back(), channels, channels, side, tail));
  }
  return build.finish(maps.back());
}

/// Whatever the network, the system and where layers run: nothing exceeds its buffer, for that
/// would throw, and all inferences end.
TEST(BufferRoom, RandomNetworksNeverExceedABuffer) {
  struct Target {
    std::string system;
    std::vector<std::string> buffers;  ///< whose capacities are drawn
  };
  const std::vector<Target> targets = {
      {"mensa_g",
       {"pascal.buffers.activations", "pascal.buffers.parameters", "pavlov.buffers.activations",
        "jacquard.buffers.activations", "jacquard.buffers.parameters"}},
      {"edge_tpu", {"edge_tpu.buffers.activations", "edge_tpu.buffers.parameters"}},
      {"nvdla_small", {"nvdla.buffers.cbuf"}},
      {"eyeriss_v2", {"eyeriss_v2.buffers.global"}}};
  std::mt19937 random(20240607);
  std::vector<std::unique_ptr<PlannedRoom>> all;
  std::vector<Simulation> simulations;
  for (int i = 0; i < 100; ++i) {
    const Target& target = targets[random() % targets.size()];
    accelerators::ParameterOverrides overrides;
    for (const std::string& buffer : target.buffers) {
      overrides.push_back({"accelerators." + buffer + ".capacity",
                           std::to_string(4 * (1 + random() % 32)) + " KiB"});
    }
    auto planned =
        std::make_unique<PlannedRoom>(random_graph(random), target.system, overrides, random);
    if (planned->schedule.blocks.empty()) continue;
    expect_room(*planned);
    simulations.push_back(planned->simulation(1 + random() % 3));
    all.push_back(std::move(planned));
  }
  EXPECT_GT(all.size(), 80U);
  const std::vector<RunResult> results = simulate(simulations);
  double fullest = 0;
  for (std::size_t i = 0; i < results.size(); ++i) {
    for (const accelerators::Accelerator& accelerator : all[i]->system.accelerators) {
      const auto& peaks = results[i].accelerators[accelerator.id.index()].peak_occupancy;
      for (std::size_t b = 0; b < peaks.size(); ++b) {
        EXPECT_LE(peaks[b], accelerator.buffers[b].capacity);
        fullest = std::max(fullest, peaks[b].ratio(accelerator.buffers[b].capacity));
      }
    }
  }
  EXPECT_GT(fullest, 0.99);
}

}  // namespace
}  // namespace mensa::sim
