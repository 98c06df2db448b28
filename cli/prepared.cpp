#include "cli/prepared.h"

#include <algorithm>
#include <atomic>
#include <system_error>
#include <thread>
#include <vector>

#include "accelerators/spec/loader.h"
#include "cli/watch.h"
#include "scheduler/problem/kept_outputs.h"

namespace mensa::cli {
namespace {

using accelerators::CostTable;
using accelerators::LayerResidency;

/// Inputs that are looked at together. Layers that read more on chip at once are rare; they are
/// mapped when they are asked for.
constexpr std::size_t kMostInputsTogether = 2;

/// What a layer that takes no turns with others may find and leave on chip.
std::vector<LayerResidency> residencies(const models::Graph& graph, const models::Layer& layer) {
  std::vector<LayerResidency> found = {{}};
  if (layer.recurrence) return found;
  std::vector<std::size_t> inputs;
  const auto read = graph.activation_inputs(layer);
  for (std::size_t i = 0; i < std::min(read.size(), LayerResidency::kMostInputs); ++i) {
    const auto producer = graph.producer(read[i]);
    if (!producer || graph.layer(*producer).recurrence) continue;
    if (scheduler::keepable_output(graph, graph.layer(*producer))) inputs.push_back(i);
  }
  const std::size_t together = std::min(inputs.size(), kMostInputsTogether);
  for (std::size_t i = 0; i < together; ++i) {
    const std::size_t so_far = found.size();
    for (std::size_t k = 0; k < so_far; ++k) {
      LayerResidency with = found[k];
      with.add_input(inputs[i]);
      found.push_back(with);
    }
  }
  if (!scheduler::keepable_output(graph, layer)) return found;
  const std::size_t so_far = found.size();
  for (std::size_t k = 0; k < so_far; ++k) {
    LayerResidency with = found[k];
    with.output = true;
    found.push_back(with);
  }
  return found;
}

/// Takes one layer after the other, as long as there are any.
void map_next_layers(CostTable& costs, bool with_residency, std::atomic<std::size_t>& next,
                     workers::StatusBoard* status) {
  const models::Graph& graph = costs.graph();
  for (std::size_t i = next++; i < graph.layers().size(); i = next++) {
    const models::Layer& layer = graph.layers()[i];
    if (status != nullptr) status->advance();
    if (!std::holds_alternative<models::MacWork>(layer.work)) continue;
    std::vector<LayerResidency> wanted;
    if (with_residency) wanted = residencies(graph, layer);
    for (const auto& accelerator : costs.system().accelerators) {
      // Where nothing need stay and it still does not fit, there is nothing more to ask.
      if (costs.find(layer.id, accelerator.id) == nullptr) continue;
      for (const LayerResidency& residency : wanted) {
        static_cast<void>(costs.find(layer.id, accelerator.id, residency));
      }
    }
  }
}

}  // namespace

Prepared::Prepared(const RunArguments& run, workers::StatusBoard& status)
    : objective(accelerators::objective_from_string(run.objective)),
      mapper{accelerators::effort_from_string(run.mapper)},
      resolved(accelerators::resolve_system(run.system, run.parameters)),
      system(accelerators::read_system(resolved)),
      model(load_model(run.model)),
      mappings(std::make_shared<accelerators::MappingCache>(system, mapper)),
      costs(model.graph, objective, mappings,
            accelerators::layer_precisions(model.graph, run.precisions)),
      problem(costs, scheduler::concurrency_from_string(run.concurrency),
              run.planned_inferences > 0 ? run.planned_inferences : run.inferences) {
  watch_mapping(costs, status);
  if (run.bandwidth_shares.empty()) return;
  seen_ = std::make_unique<Seen>(*this, run.bandwidth_shares);
  watch_mapping(seen_->costs, status);
}

Prepared::Seen::Seen(const Prepared& prepared, const accelerators::BandwidthShares& shares)
    : system(accelerators::with_bandwidth_shares(prepared.system, shares)),
      costs(prepared.model.graph, prepared.objective,
            std::make_shared<accelerators::MappingCache>(system, prepared.mapper),
            prepared.costs.formats().requests()),
      problem(costs, prepared.problem.concurrency(), prepared.problem.inferences()) {}

void map_with_threads(Prepared& prepared, std::size_t threads, bool with_residency,
                      workers::StatusBoard& status) {
  status.begin(workers::Phase::kMapping, prepared.model.graph.layers().size());
  std::atomic<std::size_t> next{0};
  // A search that throws throws again when the layer is asked for below.
  const auto work = [&prepared, &next, with_residency] {
    try {
      CostTable costs(prepared.model.graph, prepared.objective, prepared.mappings,
                      prepared.costs.formats().requests());
      map_next_layers(costs, with_residency, next, nullptr);
    } catch (const std::exception&) {
      return;
    }
  };
  std::vector<std::thread> helpers;
  try {
    for (std::size_t i = 1; i < threads; ++i) helpers.emplace_back(work);
  } catch (const std::system_error&) {
    // Those that could be started will do.
  }
  std::exception_ptr failure;
  try {
    map_next_layers(prepared.costs, with_residency, next, &status);
  } catch (...) {
    failure = std::current_exception();
  }
  for (std::thread& helper : helpers) helper.join();
  if (failure) std::rethrow_exception(failure);
  prepared.problem.check();
}

}  // namespace mensa::cli
