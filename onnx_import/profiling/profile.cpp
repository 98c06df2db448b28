#include "onnx_import/profiling/profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "models/base/error.h"
#include "models/base/sha256.h"
#include "onnx_import/execution/executor.h"
#include "onnx_import/profiling/input_sets.h"
#include "onnx_import/profiling/zero_points.h"
#include "onnx_import/typed_graph.h"

namespace mensa::onnx_import {
namespace {

constexpr std::string_view kRandom = "random:";
/// As many as sets of files, each a run of the network. With them no count of elements overflows.
constexpr std::size_t kMostRandom = 100'000;

/// Counts over all runs, in the order in which tensors are made.
class DensityCounter {
 public:
  explicit DensityCounter(const OperatorGraph& graph)
      : zero_points_(zero_points(graph)), counts_(graph.values.size()) {}

  void add(ValueId id, const TensorValue& tensor) {
    const auto zero = zero_points_[id.index()];
    if (!zero || tensor.size() == 0) return;
    Count& count = counts_[id.index()];
    if (count.elements == 0) order_.push_back(id);
    count.elements += static_cast<std::int64_t>(tensor.size());
    count.nonzeros += std::visit(
        [&](const auto& held) {
          using Element = typename std::decay_t<decltype(held)>::value_type;
          const auto zero_element = static_cast<Element>(*zero);
          return std::ssize(held) - std::count(held.begin(), held.end(), zero_element);
        },
        tensor.elements);
  }

  [[nodiscard]] std::vector<MeasuredDensities::Entry> densities(const OperatorGraph& graph) const {
    std::vector<MeasuredDensities::Entry> entries;
    entries.reserve(order_.size());
    for (const ValueId id : order_) {
      const Count& count = counts_[id.index()];
      entries.push_back({graph.value(id).name, static_cast<double>(count.nonzeros) /
                                                   static_cast<double>(count.elements)});
    }
    return entries;
  }

 private:
  struct Count {
    std::int64_t elements = 0;
    std::int64_t nonzeros = 0;
  };
  std::vector<std::optional<std::int64_t>> zero_points_;
  std::vector<Count> counts_;  ///< by value
  std::vector<ValueId> order_;
};

std::size_t random_count(const std::string& inputs) {
  std::size_t count = 0;
  const char* const end = inputs.data() + inputs.size();
  const auto [stop, failed] = std::from_chars(inputs.data() + kRandom.size(), end, count);
  if (failed != std::errc() || stop != end || count < 1 || count > kMostRandom) {
    throw base::Error(fmt::format(
        "'{}' is no number of random inputs; write random:N, N from 1 to {}", inputs, kMostRandom));
  }
  return count;
}

/// A network without its weights computes nothing that says anything of zeros.
void require_weights(const std::filesystem::path& path, const ImportOptions& options) {
  const models::Graph graph = import_file(path, options);
  std::set<models::TensorId> seen;
  double all = 0;
  double unknown = 0;
  for (const models::Layer& layer : graph.layers()) {
    for (const models::TensorId id : layer.parameters) {
      if (!seen.insert(id).second) continue;
      const models::Tensor& tensor = graph.tensor(id);
      const auto elements = static_cast<double>(tensor.elements());
      all += elements;
      if (tensor.sparsity->origin == models::DensityOrigin::kUnknown) unknown += elements;
    }
  }
  if (unknown <= all / 2) return;
  throw base::Error(
      {path.string()}, "",
      "holds no values of its weights, or one alone: what it computes says nothing of its "
      "densities. Give a file with trained weights, or state densities by hand in a file for "
      "--densities");
}

/// What is measured is what the file itself holds.
ImportOptions as_it_is(ImportOptions options) {
  options.densities.clear();
  options.prune.reset();
  options.synthetic_weights.reset();
  return options;
}

}  // namespace

bool is_random(const std::string& inputs) { return inputs.starts_with(kRandom); }

MeasuredDensities measure_densities(const std::filesystem::path& model,
                                    const ProfileOptions& options,
                                    const ProfileObserver& observer) {
  const ImportOptions import = as_it_is(options.model);
  const std::size_t random = is_random(options.inputs) ? random_count(options.inputs) : 0;
  require_weights(model, import);
  Executor executor(read_executable_graph(model, import));
  const OperatorGraph& graph = executor.graph();
  const std::unique_ptr<InputSets> sets =
      random > 0 ? random_inputs(graph, random, options.seed) : input_files(graph, options.inputs);
  DensityCounter counter(graph);
  for (std::size_t i = 0; i < sets->count(); ++i) {
    const Executor::Tensors inputs = sets->next();
    for (const ValueId id : graph.main.inputs) counter.add(id, inputs.at(graph.value(id).name));
    (void)executor.run(inputs, [&](const Value& value, const TensorValue& tensor) {
      if (observer) observer(i, sets->count(), value.name);
      // A view is the tensor that it shows.
      if (value.view_of) return;
      counter.add(ValueId(static_cast<std::size_t>(&value - graph.values.data())), tensor);
    });
  }
  MeasuredDensities measured;
  measured.model = model.stem().string();
  measured.model_sha256 = base::sha256_of_file(model);
  measured.source = sets->description();
  measured.inputs = sets->count();
  if (random > 0) measured.seed = fmt::format("{}", options.seed);
  measured.tensors = counter.densities(graph);
  return measured;
}

}  // namespace mensa::onnx_import
