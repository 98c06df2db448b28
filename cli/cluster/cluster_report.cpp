#include "cli/cluster/cluster_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <span>

#include "accelerators/cost/cost_table.h"
#include "accelerators/spec/loader.h"
#include "cli/pipeline.h"
#include "models/base/error.h"
#include "models/base/sha256.h"
#include "models/base/version.h"
#include "scheduler/clusters/rand_index.h"
#include "scheduler/traits/named_traits.h"

namespace mensa::cli {
namespace {

using scheduler::ClusterId;
using scheduler::Clustering;
using scheduler::LayerTraits;

/// Where a ClusteredLayer stands in its model.
struct LayerPlace {
  std::size_t model = 0;
  models::LayerId id;
};

/// The operator, of convolutions with their kernel and whether they are depthwise: what layers of a
/// cluster have in common.
std::string operator_of(const models::Layer& layer, const models::ProblemShape& shape) {
  using models::Dim;
  if (layer.op.find("Conv") == std::string::npos) return layer.op;
  std::string kernel = fmt::format("{}x{}", shape.bound(Dim::R), shape.bound(Dim::S));
  if (shape.bound(Dim::T) > 1) kernel = fmt::format("{}x{}", shape.bound(Dim::T), kernel);
  const bool depthwise = shape.bound(Dim::G) > 1 && shape.bound(Dim::C) == 1;
  return fmt::format("{}{} {}", depthwise ? "depthwise " : "", layer.op, kernel);
}

TraitRange range_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  const double upper = values[middle];
  const double median = values.size() % 2 == 1 ? upper : (values[middle - 1] + upper) / 2;
  return {values.front(), median, values.back()};
}

ClusterSummary summarise(const std::vector<const ClusteredLayer*>& layers) {
  ClusterSummary summary;
  summary.layers = layers.size();
  std::map<std::string, std::size_t> operators;
  for (const ClusteredLayer* layer : layers) {
    summary.macs += layer->macs();
    summary.parameter_bytes += layer->traits.parameter_bytes;
    ++operators[layer->op];
  }
  summary.operators.assign(operators.begin(), operators.end());
  std::stable_sort(summary.operators.begin(), summary.operators.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  if (layers.empty()) return summary;
  for (const scheduler::NamedTrait& trait : scheduler::named_traits()) {
    std::vector<double> values;
    values.reserve(layers.size());
    for (const ClusteredLayer* layer : layers) values.push_back(trait.value(layer->traits));
    summary.ranges.push_back(range_of(std::move(values)));
  }
  return summary;
}

void summarise_clusters(ClusterReport& report) {
  std::vector<std::vector<const ClusteredLayer*>> members(report.clustering->clusters().size());
  std::vector<const ClusteredLayer*> none;
  std::vector<const ClusteredLayer*> all;
  for (const ClusteredLayer& layer : report.layers) {
    all.push_back(&layer);
    (layer.cluster ? members[layer.cluster->index()] : none).push_back(&layer);
  }
  for (const auto& layers : members) report.clusters.push_back(summarise(layers));
  report.unclustered = summarise(none);
  report.all = summarise(all);
}

std::string method_of(const std::string& specification) {
  return specification.substr(0, specification.find(':'));
}

/// A clustering to compare with, or why there is none.
struct Compared {
  std::shared_ptr<const Clustering> clustering;
  std::string name;
  std::string reason;
};

/// All clusterings there are: the chosen one as it was asked for, the others by default.
std::vector<Compared> clusterings_to_compare(const ClusterReport& report,
                                             std::span<const LayerTraits> traits) {
  const std::string chosen = report.clustering->specification();
  std::vector<Compared> compared;
  for (const scheduler::ClusteringEntry& entry : scheduler::clusterings()) {
    if (entry.name == method_of(chosen)) {
      compared.push_back({report.clustering, chosen, ""});
      continue;
    }
    try {
      std::shared_ptr<const Clustering> clustering = scheduler::make_clustering(entry.name)(traits);
      std::string name = clustering->specification();
      compared.push_back({std::move(clustering), std::move(name), ""});
    } catch (const base::Error& error) {
      compared.push_back({nullptr, entry.name, error.what()});
    }
  }
  return compared;
}

Agreement compare(const Compared& first, const Compared& second,
                  std::span<const LayerTraits> traits) {
  Agreement agreement{first.name, second.name, 0, std::nullopt, ""};
  if (!first.clustering || !second.clustering) {
    agreement.reason = first.clustering ? second.reason : first.reason;
    return agreement;
  }
  std::vector<std::size_t> by_first;
  std::vector<std::size_t> by_second;
  for (const LayerTraits& layer : traits) {
    const std::optional<ClusterId> a = first.clustering->classify(layer);
    const std::optional<ClusterId> b = second.clustering->classify(layer);
    if (!a || !b) continue;
    by_first.push_back(a->index());
    by_second.push_back(b->index());
  }
  agreement.layers = by_first.size();
  if (agreement.layers < 2) {
    agreement.reason = "fewer than two layers with clusters of both";
    return agreement;
  }
  agreement.rand_index = scheduler::adjusted_rand_index(by_first, by_second);
  return agreement;
}

void compare_clusterings(ClusterReport& report, std::span<const LayerTraits> traits) {
  const std::vector<Compared> all = clusterings_to_compare(report, traits);
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t j = i + 1; j < all.size(); ++j) {
      report.agreement.push_back(compare(all[i], all[j], traits));
    }
  }
}

void add_layers(const models::Graph& graph, std::size_t model, ClusterReport& report,
                std::vector<LayerPlace>& places) {
  for (const models::LayerId id : graph.topological_order()) {
    const models::Layer& layer = graph.layer(id);
    const auto* const work = std::get_if<models::MacWork>(&layer.work);
    if (work == nullptr) continue;
    report.layers.push_back({model, layer.name, operator_of(layer, work->shape),
                             scheduler::layer_traits(graph, layer), std::nullopt, std::nullopt});
    places.push_back({model, id});
  }
}

/// What each cluster prefers, from the costs of every layer on every accelerator.
void choose_accelerators(ClusterReport& report, const std::vector<LoadedModel>& models,
                         const std::vector<LayerPlace>& places, const accelerators::System& system,
                         const accelerators::MapperOptions& mapper) {
  const auto mappings = std::make_shared<accelerators::MappingCache>(system, mapper);
  std::vector<std::unique_ptr<accelerators::CostTable>> costs;
  costs.reserve(models.size());
  for (const LoadedModel& model : models) {
    costs.push_back(
        std::make_unique<accelerators::CostTable>(model.graph, report.objective, mappings));
  }
  std::vector<scheduler::LayerInCluster> layers;
  for (std::size_t i = 0; i < places.size(); ++i) {
    const std::optional<ClusterId> cluster = report.layers[i].cluster;
    if (cluster) layers.push_back({costs[places[i].model].get(), places[i].id, *cluster});
  }
  auto choices = scheduler::preferred_accelerators(layers, report.clusters.size(), system);
  for (std::size_t i = 0; i < choices.size(); ++i) {
    report.clusters[i].choice = std::move(choices[i]);
  }
}

}  // namespace

ClusterReport make_cluster_report(const ClusterArguments& arguments) {
  ClusterReport report;
  const scheduler::FitClustering fit = scheduler::make_clustering(arguments.clusters);
  report.objective = accelerators::objective_from_string(arguments.objective);
  report.mapper = arguments.mapper;
  const accelerators::MapperOptions mapper{accelerators::effort_from_string(arguments.mapper)};
  const accelerators::System system =
      accelerators::load_system(arguments.system, arguments.parameters);
  report.system = system.name;
  report.system_warnings = system.warnings;
  for (const accelerators::Accelerator& accelerator : system.accelerators) {
    report.accelerators.push_back(accelerator.name);
  }

  std::vector<LoadedModel> models;
  models.reserve(arguments.models.size());
  std::vector<LayerPlace> places;
  for (const std::string& name : arguments.models) {
    models.push_back(load_model({name, arguments.options}));
    const LoadedModel& model = models.back();
    add_layers(model.graph, models.size() - 1, report, places);
    std::size_t before = 0;
    for (const ClusterReport::Model& other : report.models) before += other.layers;
    report.models.push_back({model.graph.name(), model.path.filename().string(),
                             base::sha256_of_file(model.path), report.layers.size() - before,
                             model.graph.macs()});
  }
  if (report.layers.empty()) {
    throw base::Error(models.size() == 1
                          ? "there is nothing to cluster: no layer of the model has MACs"
                          : "there is nothing to cluster: no layer of the models has MACs");
  }

  std::vector<LayerTraits> traits;
  traits.reserve(report.layers.size());
  for (const ClusteredLayer& layer : report.layers) traits.push_back(layer.traits);
  report.clustering = fit(traits);
  const scheduler::FamilyTable families = scheduler::FamilyTable::load();
  report.families = families.families();
  for (ClusteredLayer& layer : report.layers) {
    layer.cluster = report.clustering->classify(layer.traits);
    layer.family = families.classify(layer.traits);
    if (!layer.family) continue;
    ++report.layers_with_parameters;
    if (layer.family->inside) ++report.layers_in_boxes;
  }
  summarise_clusters(report);
  compare_clusterings(report, traits);
  choose_accelerators(report, models, places, system, mapper);
  return report;
}

scheduler::DriverTable driver_table_of(const ClusterReport& report) {
  scheduler::DriverTable table;
  table.mensa_version = base::kVersion;
  table.system = report.system;
  table.objective = report.objective;
  for (const ClusterReport::Model& model : report.models) {
    table.models.push_back({model.file, model.sha256});
  }
  table.clustering = report.clustering;
  for (const ClusterSummary& cluster : report.clusters) {
    scheduler::DriverTable::Entry entry;
    if (cluster.choice.best) entry.accelerator = report.accelerators[cluster.choice.best->index()];
    table.entries.push_back(std::move(entry));
  }
  return table;
}

}  // namespace mensa::cli
