// What zeros cost in time: replaying where all 25 million weights of ResNet-50 go, made up and
// pruned, and searching for mappings with and without features for zeros.

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "accelerators/cost/exact_weights.h"
#include "accelerators/mapping/mapper.h"
#include "accelerators/spec/loader.h"
#include "bench/cpu_time.h"
#include "bench/program.h"
#include "models/graph/weight_pattern.h"
#include "onnx_import/import.h"
#include "onnx_import/pruning/prune_request.h"

namespace mensa::bench {
namespace {

using accelerators::Accelerator;
using accelerators::MacQuestion;
using accelerators::ParetoMappings;
using accelerators::System;
using models::index;
using models::MacOperand;

constexpr int kRounds = 5;

models::Graph pruned_resnet50() {
  onnx_import::ImportOptions options;
  options.prune.emplace();
  options.prune->spec = onnx_import::prune_spec_from_text("0.7");
  options.synthetic_weights = 1;
  return onnx_import::import_file(MENSA_SOURCE_DIR "/models/zoo/resnet50.onnx", options);
}

struct KnownLayer {
  models::ProblemShape shape;
  std::shared_ptr<const models::WeightPattern> pattern;
};

std::vector<KnownLayer> known_layers(const models::Graph& graph) {
  std::vector<KnownLayer> layers;
  for (const models::Layer& layer : graph.layers()) {
    const auto* mac = std::get_if<models::MacWork>(&layer.work);
    if (mac != nullptr) layers.push_back({mac->shape, models::weight_pattern(graph, layer)});
  }
  return layers;
}

MacQuestion question_of(const models::ProblemShape& shape, double weights, double inputs) {
  MacQuestion question;
  question.shape = shape;
  question.zeros[index(MacOperand::kWeights)].density = weights;
  question.zeros[index(MacOperand::kInputs)].density = inputs;
  question.zeros[index(MacOperand::kOutputs)].density = inputs;
  return question;
}

/// The least CPU seconds of some rounds.
template <class Work>
double least_seconds(int rounds, Work&& work) {
  double least = 1e300;
  for (int round = 0; round < rounds; ++round) {
    const double start = cpu_seconds();
    work();
    least = std::min(least, cpu_seconds() - start);
  }
  return least;
}

void replay(const std::vector<KnownLayer>& layers, const std::string& name) {
  const System system = accelerators::load_system(name);
  const Accelerator& accelerator = system.accelerators.front();
  struct Job {
    const models::WeightPattern* pattern;
    accelerators::Mapping mapping;
    accelerators::WeightStorage storage;
  };
  std::vector<Job> jobs;
  std::int64_t weights = 0;
  for (const KnownLayer& layer : layers) {
    const MacQuestion question = question_of(layer.shape, 0.3, 0.5);
    const auto found =
        accelerators::map_layer(system, accelerator, question, {accelerators::Effort::kFast});
    const auto& mappings = std::get<ParetoMappings>(found);
    const accelerators::MacCostModel model(system, accelerator, question);
    jobs.push_back({layer.pattern.get(), mappings.front().mapping, model.weight_storage()});
    weights += static_cast<std::int64_t>(layer.pattern->bits.size());
  }
  std::int64_t slowest = 0;
  const double seconds = least_seconds(kRounds, [&] {
    slowest = 0;
    for (const Job& job : jobs) {
      slowest +=
          accelerators::exact_weights(*job.pattern, job.mapping, accelerator.sparsity, job.storage)
              .slowest;
    }
  });
  constexpr double kGoal = 0.3;
  fmt::print("| replay | {} | {:.1f} M weights | {:.3f} | {} of {} s |\n", name,
             static_cast<double>(weights) * 1e-6, seconds,
             seconds <= kGoal ? "met, " + fmt::format("{:.2f}", seconds / kGoal) : "missed", kGoal);
  if (slowest <= 0) throw std::logic_error("no weights were replayed");
}

void search(const std::vector<KnownLayer>& layers, const std::string& name) {
  const System sparse = accelerators::load_system(name);
  System dense = sparse;
  dense.accelerators.front().sparsity = {};
  std::vector<models::ProblemShape> shapes;
  for (const KnownLayer& layer : layers) {
    if (std::find(shapes.begin(), shapes.end(), layer.shape) == shapes.end()) {
      shapes.push_back(layer.shape);
    }
  }
  const auto seconds = [&](const System& system, accelerators::Effort effort, bool with_zeros) {
    return least_seconds(1, [&] {
      for (const models::ProblemShape& shape : shapes) {
        const MacQuestion question =
            with_zeros ? question_of(shape, 0.3, 0.5) : question_of(shape, 1, 1);
        static_cast<void>(
            accelerators::map_layer(system, system.accelerators.front(), question, {effort}));
      }
    });
  };
  for (const auto effort : {accelerators::Effort::kPruned, accelerators::Effort::kFast}) {
    const double without = seconds(dense, effort, false);
    const double with = seconds(sparse, effort, true);
    constexpr double kGoal = 1.2;
    fmt::print("| {} search | {} | {:.3f} s dense | {:.3f} | {:.2f} times, {} of {} |\n",
               accelerators::to_string(effort), name, without, with, with / without,
               with / without <= kGoal ? "within" : "beyond", kGoal);
  }
}

int run() {
  const models::Graph graph = pruned_resnet50();
  const std::vector<KnownLayer> layers = known_layers(graph);
  fmt::print("| what | system | | CPU s | goal |\n|---|---|--:|--:|---|\n");
  for (const char* name : {"sigma_like", "eyeriss_v2_sparse", "eie_like"}) replay(layers, name);
  for (const char* name : {"sigma_like", "sparse_tensor_core_like", "eyeriss_v2_sparse"}) {
    search(layers, name);
  }
  return 0;
}

}  // namespace
}  // namespace mensa::bench

int main() { return mensa::bench::run_program("bench_sparsity", mensa::bench::run); }
