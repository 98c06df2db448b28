// How fast weights are pruned, and how fast their zeros are laid out as their loop nests run over
// them, for all 25 million weights of ResNet-50: made up, since its file has none.

#include <benchmark/benchmark.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/cpu_time.h"
#include "models/graph/weight_pattern.h"
#include "onnx_import/import.h"
#include "onnx_import/pruning/prune_request.h"

namespace mensa::bench {
namespace {

models::Graph resnet50(const char* spec) {
  onnx_import::ImportOptions options;
  if (spec != nullptr) {
    options.prune.emplace();
    options.prune->spec = onnx_import::prune_spec_from_text(spec);
  }
  options.synthetic_weights = 1;
  return onnx_import::import_file(MENSA_SOURCE_DIR "/models/zoo/resnet50.onnx", options);
}

/// CPU time of all threads; there is one.
template <class Work>
void measure(benchmark::State& state, const Work& work) {
  while (state.KeepRunning()) {
    const double start = cpu_seconds();
    work();
    state.SetIterationTime(cpu_seconds() - start);
  }
}

/// The whole import: drawing, choosing, and counting what is left.
void prune(benchmark::State& state, const char* spec) {
  measure(state, [spec] { benchmark::DoNotOptimize(resnet50(spec)); });
}

void patterns(benchmark::State& state, const char* spec) {
  const models::Graph graph = resnet50(spec);
  std::int64_t weights = 0;
  measure(state, [&] {
    weights = 0;
    for (const models::Layer& layer : graph.layers()) {
      const auto pattern = models::weight_pattern(graph, layer);
      if (pattern) weights += static_cast<std::int64_t>(pattern->bits.size());
    }
  });
  // conv1 to fc, without biases: as the zoo's table has it.
  constexpr std::int64_t kWeights = 25'502'912;
  if (weights != kWeights) throw std::logic_error("not all weights have a pattern");
}

BENCHMARK_CAPTURE(prune, dense, nullptr)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(prune, share, "0.7")->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(prune, groups, "2:4")->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(prune, channels, "channel:0.3")->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(patterns, share, "0.7")->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(patterns, nearly_dense, "0.01")->UseManualTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace mensa::bench
