// CPU time of importing a model of many nodes and one of many weights, and how fast sparsity is
// counted.
//
// Models and weights are made up: nodes in a chain of residual blocks, values of which a third are
// zero, in random places.

#include "onnx_import/import.h"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "bench/cpu_time.h"
#include "onnx_import/annotate/measure.h"

namespace mensa::bench {
namespace {

namespace fs = std::filesystem;
using onnx_import::Shape;

constexpr double kNodesGoal = 0.050;   ///< CPU s for 1 000 nodes
constexpr double kWeightsGoal = 0.3;   ///< CPU s for 100 MB
constexpr double kCountingGoal = 5e9;  ///< bytes per CPU s
constexpr std::size_t kWeightBytes = 100'000'000;
constexpr std::uint32_t kSeed = 1;
constexpr const char* kRate = "bytes/s";

// What protobuf writes, as far as models of this program need it: this folder does not see
// protobuf.

std::string varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>((value & 0x7F) | 0x80);
  return bytes + static_cast<char>(value);
}
std::string number(std::uint64_t field, std::uint64_t value) {
  return varint(field << 3) + varint(value);
}
std::string text(std::uint64_t field, std::string_view bytes) {
  return varint(field << 3 | 2) + varint(bytes.size()) + std::string(bytes);
}

// Numbers of fields as onnx.proto has them.

std::string value_info(std::string_view name, const Shape& shape) {
  std::string dims;
  for (const std::int64_t extent : shape) {
    dims += text(1, number(1, static_cast<std::uint64_t>(extent)));
  }
  return text(1, name) + text(2, text(1, number(1, 1) + text(2, dims)));
}

std::string tensor(std::string_view name, const Shape& shape, std::string_view raw) {
  std::string bytes;
  for (const std::int64_t extent : shape) bytes += number(1, static_cast<std::uint64_t>(extent));
  return bytes + number(2, 1) + text(8, name) + text(9, raw);
}

std::string node(std::string_view op, const std::vector<std::string>& inputs,
                 std::string_view output) {
  std::string bytes;
  for (const std::string& input : inputs) bytes += text(1, input);
  return bytes + text(2, output) + text(3, output) + text(4, op);
}

std::string model(const std::string& graph) {
  return number(1, 8) + text(7, graph) + text(8, number(2, 13));
}

/// Floats of which about a third are zero.
std::string weights(std::size_t bytes) {
  std::minstd_rand random(kSeed);
  std::string raw(bytes, '\0');
  for (std::size_t i = 0; i + 4 <= bytes; i += 4) {
    const auto drawn = static_cast<std::uint32_t>(random());
    if (drawn % 3 != 0) std::memcpy(raw.data() + i, &drawn, 4);
  }
  return raw;
}

/// Convolution, normalisation, activation and a sum with what came before, over and over.
std::string chain(std::size_t nodes) {
  constexpr std::int64_t kChannels = 16;
  std::string graph = text(11, value_info("v0", {1, kChannels, 14, 14}));
  graph += text(
      5, tensor("kernel", {kChannels, kChannels, 3, 3}, weights(std::size_t{4} * 16 * 16 * 9)));
  for (const char* name : {"scale", "shift", "mean", "variance"}) {
    graph += text(5, tensor(name, {kChannels}, weights(4 * kChannels)));
  }
  const std::string pads = text(5, text(1, "pads") + number(8, 1) + number(8, 1) + number(8, 1) +
                                       number(8, 1) + number(20, 7));
  const auto value = [](std::size_t i) { return fmt::format("v{}", i); };
  for (std::size_t i = 0; i < nodes; ++i) {
    const std::string in = value(i);
    const std::string out = value(i + 1);
    switch (i % 4) {
      case 0:
        graph += text(1, node("Conv", {in, "kernel"}, out) + pads);
        break;
      case 1:
        graph +=
            text(1, node("BatchNormalization", {in, "scale", "shift", "mean", "variance"}, out));
        break;
      case 2:
        graph += text(1, node("Relu", {in}, out));
        break;
      default:
        graph += text(1, node("Add", {in, value(i - 3)}, out));
        break;
    }
  }
  return model(graph + text(12, value_info(value(nodes), {})));
}

/// A stack of matrix products whose weights have about 100 MB.
std::string heavy() {
  constexpr std::size_t kExtent = 1250;
  constexpr std::size_t kLayers = kWeightBytes / (kExtent * kExtent * 4);
  constexpr auto kSigned = static_cast<std::int64_t>(kExtent);
  const std::string raw = weights(kExtent * kExtent * 4);
  std::string graph = text(11, value_info("v0", {1, kSigned}));
  for (std::size_t i = 0; i < kLayers; ++i) {
    graph += text(5, tensor(fmt::format("w{}", i), {kSigned, kSigned}, raw));
    graph += text(1, node("MatMul", {fmt::format("v{}", i), fmt::format("w{}", i)},
                          fmt::format("v{}", i + 1)));
  }
  return model(graph + text(12, value_info(fmt::format("v{}", kLayers), {})));
}

/// CPU seconds of one import, the least of several.
double import_seconds(const fs::path& file) {
  constexpr int kRounds = 10;
  double least = 1e9;
  for (int i = 0; i < kRounds; ++i) {
    const double start = cpu_seconds();
    benchmark::DoNotOptimize(onnx_import::import_file(file));
    least = std::min(least, cpu_seconds() - start);
  }
  return least;
}

void print_import(const char* what, const std::string& bytes, double goal) {
  const fs::path file = fs::temp_directory_path() / fmt::format("mensa_bench_{}.onnx", what);
  std::ofstream(file, std::ios::binary) << bytes;
  const double seconds = import_seconds(file);
  fs::remove(file);
  fmt::print("{:12} {:9.1f} MB {:9.4f} CPU s   goal {:.3f}: {}\n", what,
             static_cast<double>(bytes.size()) * 1e-6, seconds, goal,
             seconds <= goal ? "met" : "missed");
}

/// Weights in memory, to be counted as elements of any width.
class Weights : public onnx_import::ByteSource {
 public:
  explicit Weights(std::string bytes) : bytes_(std::move(bytes)) {}
  void visit(std::uint64_t offset, std::uint64_t size, const Take& take) const override {
    take(std::as_bytes(std::span(bytes_).subspan(offset, size)));
  }

 private:
  std::string bytes_;
};

struct Case {
  const char* name;
  int width;
  Shape shape;
  onnx_import::WeightLayout layout;
};

void count(benchmark::State& state, const Case& of, const std::shared_ptr<const Weights>& source) {
  std::uint64_t elements = 1;
  for (const std::int64_t extent : of.shape) elements *= static_cast<std::uint64_t>(extent);
  const std::uint64_t bytes = elements * static_cast<std::uint64_t>(of.width) / 8;
  const onnx_import::TensorContents contents =
      onnx_import::DenseContents{{source, 0, bytes}, {of.width, ~std::uint64_t{0}}};
  while (state.KeepRunning()) {
    benchmark::DoNotOptimize(onnx_import::measure_sparsity(contents, of.shape, of.layout, 0));
  }
  const auto all = static_cast<double>(state.iterations()) * static_cast<double>(bytes);
  state.counters[kRate] = benchmark::Counter(all, benchmark::Counter::kIsRate);
}

int run(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  print_import("nodes_1000", chain(1000), kNodesGoal);
  print_import("weights", heavy(), kWeightsGoal);
  fmt::print("\nSparsity of weights in memory; goal {:.0f} GB/s\n", kCountingGoal * 1e-9);
  const auto source = std::make_shared<const Weights>(weights(std::size_t{4} * 4096 * 4096));
  const std::vector<Case> cases = {
      {"fp32/gemm", 32, {4096, 4096}, {0, 1}},          {"fp32/matmul", 32, {4096, 4096}, {1, 0}},
      {"fp32/conv3x3", 32, {1024, 1024, 3, 3}, {0, 1}}, {"fp16/matmul", 16, {4096, 4096}, {1, 0}},
      {"int8/gemm", 8, {4096, 4096}, {0, 1}},           {"int8/matmul", 8, {4096, 4096}, {1, 0}},
      {"int8/conv3x3", 8, {1024, 1024, 3, 3}, {0, 1}},  {"int4/matmul", 4, {4096, 8192}, {1, 0}},
  };
  for (const Case& of : cases) {
    // NOLINTNEXTLINE(clang-analyzer-cplusplus.NewDeleteLeaks): the library keeps them
    benchmark::RegisterBenchmark(
        fmt::format("count/{}", of.name).c_str(),
        [&of, &source](benchmark::State& state) { count(state, of, source); })
        ->Unit(benchmark::kMillisecond)
        ->MeasureProcessCPUTime();
  }
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

}  // namespace
}  // namespace mensa::bench

int main(int argc, char** argv) {
  try {
    return mensa::bench::run(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_import: {}\n", error.what());
    return 1;
  }
}
