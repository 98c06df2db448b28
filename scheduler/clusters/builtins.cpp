#include "scheduler/clusters/builtins.h"

#include <fmt/format.h>

#include <utility>

#include "models/base/error.h"
#include "scheduler/policies/specification.h"

namespace mensa::scheduler {
namespace {

const ClusteringEntry& find_clustering(const std::string& name) {
  std::vector<std::string> known;
  known.reserve(clusterings().size());
  for (const ClusteringEntry& entry : clusterings()) {
    if (entry.name == name) return entry;
    known.push_back(entry.name);
  }
  throw base::Error(base::unknown_name_message("clustering", name, known));
}

}  // namespace

const std::vector<ClusteringEntry>& clusterings() {
  static const std::vector<ClusteringEntry> kClusterings = {
      {"families", "families", "the papers' five layer families, boxes in trait space",
       make_families, read_families},
      {"kmeans", "kmeans[:k=K,seed=1]",
       "k-means++ on standardised log traits; without k the one of the best silhouette, 2 to 12",
       make_kmeans, read_kmeans},
      {"threshold", "threshold[:balance=MAC/B|system=edge_tpu]",
       "compute- or data-centric, by MACs per byte against a machine's balance", make_threshold,
       read_threshold},
  };
  return kClusterings;
}

FitClustering make_clustering(std::string_view specification) {
  const Specification parsed = parse_specification("clustering", specification);
  return find_clustering(parsed.name).make(parsed.arguments);
}

std::string clustering_to_yaml(const Clustering& clustering) {
  // Quoted: a colon followed by what looks like a value would be read as a map by some readers.
  return fmt::format("specification: \"{}\"\n{}", clustering.specification(),
                     clustering.fitted_yaml());
}

std::unique_ptr<const Clustering> read_clustering(const base::YamlValue& value) {
  base::YamlMap map = value.map();
  const base::YamlValue text = map.required("specification");
  const std::string specification = text.string();
  const auto located = [&](auto&& step) {
    try {
      return step();
    } catch (const base::Error& error) {
      throw text.error(error.what());
    }
  };
  const Specification parsed =
      located([&] { return parse_specification("clustering", specification); });
  const ClusteringEntry& entry =
      located([&]() -> const ClusteringEntry& { return find_clustering(parsed.name); });
  // Options are checked for themselves first, so that their errors name this place.
  located([&] { return entry.make(parsed.arguments); });
  std::unique_ptr<const Clustering> clustering = entry.read(parsed.arguments, map);
  map.finish();
  return clustering;
}

}  // namespace mensa::scheduler
