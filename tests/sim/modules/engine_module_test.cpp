// An engine at memories that are none of ours: any TLM-2.0 target will do. Times are by hand.

#include "sim/modules/engine_module.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tlm_utils/multi_passthrough_target_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <string>
#include <vector>

#include "sim/modules/sc_time_tools.h"
#include "tests/sim/modules/dram_requests.h"
#include "tests/support/sanitizers.h"

// ctest runs every test in a process of its own: each may start the kernel once.

namespace mensa::sim {
namespace {

using base::Bytes;
using models::MacOperand;
using testing::HasSubstr;

constexpr base::Hertz kGigahertz(1e9);
constexpr accelerators::OperandSet kAll = {MacOperand::kWeights, MacOperand::kInputs,
                                           MacOperand::kOutputs};

/// Takes a fixed time for every request, any number of them at once, and has no use for extensions.
class FixedMemory : public sc_core::sc_module {
 public:
  tlm_utils::multi_passthrough_target_socket<FixedMemory> socket{"socket"};

  struct Times {
    std::int64_t read_ns = 0;     ///< until the initiator may send the next
    std::int64_t write_ns = 0;    ///< as well
    std::int64_t latency_ns = 0;  ///< on top, until data arrive or are written
  };
  FixedMemory(const sc_core::sc_module_name& name, const Times& times)
      : sc_module(name), times_(times) {
    socket.register_b_transport(this, &FixedMemory::b_transport);
  }
  tlm::tlm_response_status answer = tlm::TLM_OK_RESPONSE;
  std::int64_t read_bytes = 0;
  std::int64_t written_bytes = 0;

 private:
  void b_transport(int /*initiator*/, tlm::tlm_generic_payload& request, sc_core::sc_time& delay) {
    (request.is_write() ? written_bytes : read_bytes) += request.get_data_length();
    wait(from_ps((request.is_write() ? times_.write_ns : times_.read_ns) * test::kNs));
    delay += from_ps(times_.latency_ns * test::kNs);
    request.set_response_status(answer);
  }

  Times times_;
};

/// A tile of its own of every operand.
TileProgram tile(std::int64_t busy_cycles) {
  TileProgram tile;
  tile.dram.parameter_read = Bytes(1000);
  tile.dram.activation_read = Bytes(500);
  tile.dram.activation_write = Bytes(300);
  tile.busy = base::Cycles(busy_cycles);
  tile.changes = kAll;
  tile.releases = kAll;
  return tile;
}

BlockProgram block(std::vector<TileProgram> tiles) {
  LayerProgram layer;
  layer.layer = models::LayerId(0);
  layer.name = "layer";
  layer.tiles = std::move(tiles);
  const std::int64_t copies = layer.tiles.size() > 1 ? 2 : 1;
  layer.room.tiles = {accelerators::LayerRoom::Tile{0, Bytes(1000), copies},
                      accelerators::LayerRoom::Tile{1, Bytes(500), copies},
                      accelerators::LayerRoom::Tile{1, Bytes(300), copies}};
  for (const TileProgram& each : layer.tiles) {
    for (const MacOperand operand : models::kAllMacOperands) {
      if (each.changes.contains(operand)) ++layer.tile_counts[models::index(operand)];
    }
  }
  layer.parameters = {0, 1 << 16};
  layer.inputs = {1 << 16, 1 << 16};
  layer.outputs = {2 << 16, 1 << 16};
  BlockProgram program;
  program.layers = {std::move(layer)};
  return program;
}

/// 2000 B for parameters, 1600 B for activations: two tiles each of those of tile().
std::vector<accelerators::Buffer> test_buffers() {
  return {{"parameters", Bytes(2000), {MacOperand::kWeights}, 1, Bytes(1)},
          {"activations", Bytes(1600), {MacOperand::kInputs, MacOperand::kOutputs}, 1, Bytes(1)}};
}

/// Runs a block as the platform does, at the start of the simulation.
struct Bench {
  explicit Bench(const BlockProgram& program) {
    sc_core::sc_spawn([this, &program] {
      engine.run(program, {}, traces);
      ended_ps = now_ps();
    });
  }
  Bench(const BlockProgram& program, FixedMemory& memory) : Bench(program) {
    engine.weight_socket.bind(memory.socket);
    engine.read_socket.bind(memory.socket);
    engine.write_socket.bind(memory.socket);
  }

  EngineModule engine{"engine", kGigahertz, test_buffers(), "engine", nullptr};
  std::vector<LayerTrace> traces = std::vector<LayerTrace>(2);
  std::int64_t ended_ps = -1;
};

struct Expected {
  std::int64_t busy_ns = 0;
  std::int64_t parameters_ns = 0;
  std::int64_t activations_ns = 0;
  std::int64_t write_back_ns = 0;
};

void expect_times(const ActivityTimes& times, const Expected& expected) {
  EXPECT_EQ(times.at(Activity::kBusy), expected.busy_ns * test::kNs);
  EXPECT_EQ(times.at(Activity::kParameters), expected.parameters_ns * test::kNs);
  EXPECT_EQ(times.at(Activity::kActivations), expected.activations_ns * test::kNs);
  EXPECT_EQ(times.at(Activity::kWriteBack), expected.write_back_ns * test::kNs);
  EXPECT_EQ(times.total(), (expected.busy_ns + expected.parameters_ns + expected.activations_ns +
                            expected.write_back_ns) *
                               test::kNs);
}

/// Three tiles of 400 ns each. The first one's data come after 100 + 50 ns; those of the others
/// while a tile before them is computed; the last result leaves in 100 + 50 ns.
TEST(EngineModule, RunsAtAnyTarget) {
  const BlockProgram program = block({tile(400), tile(400), tile(400)});
  FixedMemory memory("memory", {.read_ns = 100, .write_ns = 100, .latency_ns = 50});
  Bench bench(program, memory);
  sc_core::sc_start();
  EXPECT_EQ(bench.ended_ps, (150 + 3 * 400 + 150) * test::kNs);
  expect_times(bench.engine.times(), {.busy_ns = 1200, .parameters_ns = 150, .write_back_ns = 150});
  EXPECT_EQ(bench.engine.active_ps(), bench.ended_ps);
  EXPECT_EQ(memory.read_bytes, 3 * 1500);
  EXPECT_EQ(memory.written_bytes, 3 * 300);

  const LayerTrace& trace = bench.traces.front();
  EXPECT_TRUE(trace.started);
  EXPECT_EQ(trace.start_ps, 0);
  EXPECT_EQ(trace.end_ps, bench.ended_ps);
  EXPECT_EQ(trace.times, bench.engine.times());
  EXPECT_EQ(trace.dram.parameter_read, Bytes(3000));
  EXPECT_EQ(trace.dram.activation_read, Bytes(1500));
  EXPECT_EQ(trace.dram.activation_write, Bytes(900));
  EXPECT_EQ(trace.dram_delays, DramDelays());
  EXPECT_FALSE(bench.traces.back().started);
}

/// The weights stay; the inputs of the second tile come at 2 x 1000 + 50 ns, and one result of both
/// leaves.
TEST(EngineModule, WaitsForActivations) {
  TileProgram first = tile(100);
  first.dram.activation_write = Bytes(0);
  first.releases = {MacOperand::kInputs};
  TileProgram second = tile(100);
  second.dram.parameter_read = Bytes(0);
  second.changes = {MacOperand::kInputs};
  const BlockProgram program = block({first, second});
  FixedMemory memory("memory", {.read_ns = 1000, .write_ns = 1000, .latency_ns = 50});
  Bench bench(program, memory);
  sc_core::sc_start();
  EXPECT_EQ(bench.ended_ps, (2050 + 100 + 1050) * test::kNs);
  expect_times(
      bench.engine.times(),
      {.busy_ns = 200, .parameters_ns = 1050, .activations_ns = 900, .write_back_ns = 1050});
}

/// Room for two results: the third tile begins when the first result is out, the fourth when the
/// second is.
TEST(EngineModule, WaitsForRoomForResults) {
  const BlockProgram program = block({tile(100), tile(100), tile(100), tile(100)});
  FixedMemory memory("memory", {.read_ns = 10, .write_ns = 1000});
  Bench bench(program, memory);
  sc_core::sc_start();
  EXPECT_EQ(bench.ended_ps, (10 + 100 + 4 * 1000) * test::kNs);
  expect_times(bench.engine.times(),
               {.busy_ns = 400, .parameters_ns = 10, .write_back_ns = 900 + 900 + 1900});
}

/// Takes all of its time as annotated delay, as loosely timed memories do.
class AnnotatingMemory : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<AnnotatingMemory> socket{"socket"};

  AnnotatingMemory(const sc_core::sc_module_name& name, std::int64_t latency_ns)
      : sc_module(name), latency_(from_ps(latency_ns * test::kNs)) {
    socket.register_b_transport(this, &AnnotatingMemory::b_transport);
  }

 private:
  void b_transport(tlm::tlm_generic_payload& request, sc_core::sc_time& delay) {
    delay += latency_;
    request.set_response_status(tlm::TLM_OK_RESPONSE);
  }

  sc_core::sc_time latency_;
};

/// A memory for each socket. Two tiles are asked for at once; the third when the first one's room
/// is free, at 140 ns.
TEST(EngineModule, RunsAtTargetsThatAnnotateTheirTime) {
  const BlockProgram program = block({tile(40), tile(40), tile(40)});
  AnnotatingMemory weights("weights", 100);
  AnnotatingMemory inputs("inputs", 70);
  AnnotatingMemory outputs("outputs", 30);
  Bench bench(program);
  bench.engine.weight_socket.bind(weights.socket);
  bench.engine.read_socket.bind(inputs.socket);
  bench.engine.write_socket.bind(outputs.socket);
  sc_core::sc_start();
  EXPECT_EQ(bench.ended_ps, (140 + 100 + 40 + 30) * test::kNs);
  expect_times(bench.engine.times(),
               {.busy_ns = 120, .parameters_ns = 100 + 60, .write_back_ns = 30});
}

/// A recurrence of two layers over two steps: each reads what the other has just written. What is
/// loaded once comes with the first step.
TEST(EngineModule, LayersOfABlockWaitForOneAnother) {
  TileProgram step = tile(100);
  step.dram.parameter_read = Bytes(0);
  step.changes = step.releases = {MacOperand::kInputs, MacOperand::kOutputs};
  BlockProgram program = block({step});
  program.runs = 2;
  program.layers.push_back(program.layers.front());
  program.layers[0].reads_of_last_run = {1};
  program.layers[0].preload = Bytes(64);
  program.layers[1].layer = models::LayerId(1);
  program.layers[1].reads = {0};
  FixedMemory memory("memory", {.read_ns = 10, .write_ns = 10});
  Bench bench(program, memory);
  sc_core::sc_start();
  EXPECT_EQ(bench.ended_ps, 4 * (10 + 100 + 10) * test::kNs);
  // Until its inputs are there, a layer waits for activations, the other's last write among it.
  expect_times(bench.traces[0].times, {.busy_ns = 200, .parameters_ns = 10, .activations_ns = 20});
  expect_times(bench.traces[1].times, {.busy_ns = 200, .activations_ns = 40, .write_back_ns = 10});
  EXPECT_EQ(bench.traces[0].start_ps, 0);
  EXPECT_EQ(bench.traces[0].end_ps, 360 * test::kNs);
  EXPECT_EQ(bench.traces[1].start_ps, 110 * test::kNs);  // when the array turns to it
  EXPECT_EQ(bench.traces[1].end_ps, 480 * test::kNs);
  EXPECT_EQ(bench.traces[0].dram.parameter_read, Bytes(64));
  EXPECT_EQ(bench.traces[0].dram.activation_read, Bytes(1000));
  EXPECT_EQ(memory.read_bytes, 4 * 500 + 64);
}

/// What a request cannot carry at once goes in several, the next one as soon as the target lets it.
TEST(EngineModule, CutsLongTransfers) {
  TileProgram big = tile(100);
  big.dram.parameter_read = Bytes(2 * 16384 + 1);
  const BlockProgram program = block({big});
  FixedMemory memory("memory", {.read_ns = 100, .write_ns = 100, .latency_ns = 50});
  Bench bench(program, memory);
  sc_core::sc_start();
  EXPECT_EQ(bench.ended_ps, (3 * 100 + 50 + 100 + 150) * test::kNs);
  EXPECT_EQ(memory.read_bytes, 2 * 16384 + 1 + 500);
}

/// Two tiles of each operand are in the buffers at once, the first one's results among them.
TEST(EngineModule, BuffersHoldTwoTiles) {
  const BlockProgram program = block({tile(400), tile(400), tile(400)});
  FixedMemory memory("memory", {.read_ns = 100, .write_ns = 1000, .latency_ns = 50});
  Bench bench(program, memory);
  sc_core::sc_start();
  EXPECT_THAT(bench.engine.buffers().peaks(), testing::ElementsAre(Bytes(2000), Bytes(1600)));
  EXPECT_EQ(bench.engine.buffers().occupied(0), Bytes(0));
  EXPECT_EQ(bench.engine.buffers().occupied(1), Bytes(0));
}

/// A second layer whose parameters do not fit beside the first one's: they are asked for when the
/// first one is computed, at 10 + 100 ns, and come 10 ns later. With a byte less for each they
/// would come early.
TEST(EngineModule, ParametersOfTheNextLayerWaitForRoom) {
  BlockProgram program = block({tile(100)});
  program.layers.push_back(program.layers.front());
  program.layers[1].layer = models::LayerId(1);
  for (LayerProgram& layer : program.layers) layer.room.tiles[0].bytes = Bytes(1001);
  FixedMemory memory("memory", {.read_ns = 10, .write_ns = 10});
  Bench bench(program, memory);
  sc_core::sc_start();
  EXPECT_EQ(bench.ended_ps, (10 + 100 + 10 + 100 + 10) * test::kNs);
  expect_times(bench.traces[1].times, {.busy_ns = 100, .parameters_ns = 10, .write_back_ns = 10});
  EXPECT_THAT(bench.engine.buffers().peaks(), testing::ElementsAre(Bytes(1001), Bytes(1300)));
}

TEST(EngineModule, ParametersOfTheNextLayerComeEarlyWhereTheyFit) {
  BlockProgram program = block({tile(100)});
  program.layers.push_back(program.layers.front());
  program.layers[1].layer = models::LayerId(1);
  FixedMemory memory("memory", {.read_ns = 10, .write_ns = 10});
  Bench bench(program, memory);
  sc_core::sc_start();
  EXPECT_EQ(bench.ended_ps, (10 + 100 + 100 + 10) * test::kNs);
  EXPECT_EQ(bench.engine.buffers().peaks().front(), Bytes(2000));
}

TEST(EngineModule, TilesThatAreTooLargeAreReported) {
  // The kernel's coroutines make AddressSanitizer see stacks that are none.
  if (mensa::test::kSanitized) GTEST_SKIP() << "exceptions after sc_start() confuse the sanitizer";
  BlockProgram program = block({tile(100), tile(100)});
  program.layers.front().room.tiles[0].bytes = Bytes(1001);
  FixedMemory memory("memory", {.read_ns = 10, .write_ns = 10});
  Bench bench(program, memory);
  try {
    sc_core::sc_start();
    FAIL() << "no error";
  } catch (const std::exception& error) {
    EXPECT_THAT(error.what(),
                HasSubstr("engine: buffer 'parameters' holds 2002 B of 2000 B in layer 'layer'"));
  }
}

TEST(EngineModule, AnErrorOfTheMemoryIsReported) {
  // The kernel's coroutines make AddressSanitizer see stacks that are none.
  if (mensa::test::kSanitized) GTEST_SKIP() << "exceptions after sc_start() confuse the sanitizer";
  const BlockProgram program = block({tile(100)});
  FixedMemory memory("memory", {.read_ns = 10});
  memory.answer = tlm::TLM_ADDRESS_ERROR_RESPONSE;
  Bench bench(program, memory);
  try {
    sc_core::sc_start();
    FAIL() << "no error";
  } catch (const std::exception& error) {
    EXPECT_THAT(error.what(),
                HasSubstr("engine: the memory answered a request with TLM_ADDRESS_ERROR_RESPONSE"));
  }
}

TEST(EngineModule, EndsWhenTheLastWriteIsDone) {
  TileProgram quick = tile(10);
  quick.dram = {};
  quick.changes = quick.releases = {};
  const BlockProgram program = block({tile(100), quick});
  FixedMemory memory("memory", {.read_ns = 10, .write_ns = 10, .latency_ns = 500});
  Bench bench(program, memory);
  sc_core::sc_start();
  EXPECT_EQ(bench.ended_ps, 1120 * test::kNs);
  EXPECT_EQ(bench.traces.front().end_ps, bench.ended_ps);
}

}  // namespace
}  // namespace mensa::sim
