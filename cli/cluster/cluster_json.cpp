#include <cmath>
#include <nlohmann/json.hpp>

#include "cli/cluster/cluster_report.h"
#include "models/base/version.h"
#include "scheduler/traits/named_traits.h"
#include "traces/json_parts.h"

namespace mensa::cli {
namespace {

using Json = nlohmann::ordered_json;

Json json_share(double part, double whole) {
  return whole > 0 ? Json(part / whole) : Json(nullptr);
}

Json choice_json(const ClusterReport& report, const scheduler::PreferredAccelerator& choice) {
  Json list = Json::array();
  for (std::size_t i = 0; i < choice.accelerators.size(); ++i) {
    const scheduler::AcceleratorOnCluster& one = choice.accelerators[i];
    list.push_back({{"name", report.accelerators[i]},
                    {"layers_that_do_not_run", one.layers_that_do_not_run},
                    {"score", one.layers_that_do_not_run > 0 ? Json(nullptr) : Json(one.score)}});
  }
  return list;
}

Json summary_json(const ClusterReport& report, const ClusterSummary& cluster) {
  Json traits = Json::object();
  for (std::size_t i = 0; i < cluster.ranges.size(); ++i) {
    const TraitRange& range = cluster.ranges[i];
    traits[std::string(scheduler::named_traits()[i].name)] = {
        {"least", range.least}, {"median", range.median}, {"most", range.most}};
  }
  Json operators = Json::array();
  for (const auto& [name, layers] : cluster.operators) {
    operators.push_back({{"op", name}, {"layers", layers}});
  }
  const auto part = [](auto value) { return static_cast<double>(value); };
  return {{"layers", cluster.layers},
          {"macs", cluster.macs},
          {"mac_share", json_share(part(cluster.macs), part(report.all.macs))},
          {"parameter_bytes", cluster.parameter_bytes},
          {"parameter_share",
           json_share(part(cluster.parameter_bytes), part(report.all.parameter_bytes))},
          {"operators", std::move(operators)},
          {"traits", std::move(traits)}};
}

Json clusters_json(const ClusterReport& report) {
  Json list = Json::array();
  for (std::size_t i = 0; i < report.clusters.size(); ++i) {
    const ClusterSummary& cluster = report.clusters[i];
    const scheduler::Cluster& what = report.clustering->clusters()[i];
    Json json = {{"name", what.name}, {"description", what.description}};
    json.update(summary_json(report, cluster));
    json["best"] = cluster.choice.best ? Json(report.accelerators[cluster.choice.best->index()])
                                       : Json(nullptr);
    json["accelerators"] = choice_json(report, cluster.choice);
    list.push_back(std::move(json));
  }
  return list;
}

Json clustered_json(const ClusterReport& report, const ClusteredLayer& layer) {
  Json traits = Json::object();
  for (const scheduler::NamedTrait& trait : scheduler::named_traits()) {
    const double value = trait.value(layer.traits);
    // Counts stay whole numbers.
    constexpr double kExact = 0x1p53;
    const bool whole = value == std::floor(value) && value < kExact;
    traits[std::string(trait.name)] = whole ? Json(static_cast<std::int64_t>(value)) : Json(value);
  }
  return {
      {"model", layer.model},
      {"name", layer.name},
      {"op", layer.op},
      {"cluster", layer.cluster ? Json(report.clustering->clusters()[layer.cluster->index()].name)
                                : Json(nullptr)},
      {"family", layer.family ? Json(layer.family->number) : Json(nullptr)},
      {"family_inside", layer.family ? Json(layer.family->inside) : Json(nullptr)},
      {"traits", std::move(traits)}};
}

}  // namespace

std::string cluster_json(const ClusterReport& report) {
  Json models = traces::json_array(report.models, [](const ClusterReport::Model& model) -> Json {
    return {{"name", model.name},
            {"file", model.file},
            {"sha256", model.sha256},
            {"layers", model.layers},
            {"macs", model.macs}};
  });
  Json agreement = traces::json_array(report.agreement, [](const Agreement& pair) -> Json {
    return {{"first", pair.first},
            {"second", pair.second},
            {"layers", pair.layers},
            {"adjusted_rand_index", traces::or_null(pair.rand_index)},
            {"reason", traces::text_or_null(pair.reason)}};
  });
  Json layers = traces::json_array(report.layers, [&](const ClusteredLayer& layer) -> Json {
    return clustered_json(report, layer);
  });
  const Json json = {
      {"schema", "mensa-cluster/1"},
      {"mensa", base::kVersion},
      {"models", std::move(models)},
      {"system", report.system},
      {"objective", to_string(report.objective)},
      {"mapper", report.mapper},
      {"clustering", report.clustering->specification()},
      {"clusters", clusters_json(report)},
      {"unclustered", summary_json(report, report.unclustered)},
      {"families",
       {{"layers_with_parameters", report.layers_with_parameters},
        {"layers_in_boxes", report.layers_in_boxes},
        {"share_in_boxes", json_share(static_cast<double>(report.layers_in_boxes),
                                      static_cast<double>(report.layers_with_parameters))}}},
      {"agreement", std::move(agreement)},
      {"layers", std::move(layers)}};
  constexpr int kIndent = 2;
  return json.dump(kIndent, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace mensa::cli
