#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/base/ids.h"
#include "models/base/yaml_reader.h"
#include "scheduler/policies/policy.h"
#include "scheduler/traits/layer_traits.h"

namespace mensa::scheduler {

/// A position in Clustering::clusters().
using ClusterId = base::Id<struct ClusterTag>;

struct Cluster {
  std::string name;         ///< unique in its clustering, a plain YAML key: "family_3"
  std::string description;  ///< one line
};

/// Groups layers by their traits. Immutable; classify() is a pure function, so that a table made
/// with one set of models serves any other.
class Clustering {
 public:
  virtual ~Clustering() = default;

  /// What leads to the same clusters of the same layers, every option spelt out: "kmeans:k=5,
  /// seed=1" without the blank.
  [[nodiscard]] virtual std::string specification() const = 0;
  /// At least one; fixed, whether or not any layer is in them.
  [[nodiscard]] virtual const std::vector<Cluster>& clusters() const = 0;
  /// None for a layer of which the clustering says nothing: without MACs, or, where the clustering
  /// looks at parameters, without parameters.
  [[nodiscard]] virtual std::optional<ClusterId> classify(const LayerTraits& traits) const = 0;
  /// Lines of block YAML, unindented, of what classify() needs beside the options; read_clustering
  /// takes them back. Empty where there is nothing.
  [[nodiscard]] virtual std::string fitted_yaml() const { return {}; }
};

/// Makes a clustering from the traits of layers with MACs. Throws base::Error where these layers
/// are too few or too alike for what was asked.
using FitClustering =
    std::function<std::unique_ptr<const Clustering>(std::span<const LayerTraits>)>;

struct ClusteringEntry {
  std::string name;   ///< as typed
  std::string usage;  ///< "kmeans[:k=K,seed=1]"
  std::string help;   ///< one line
  /// Throws base::Error on options that it does not know or that are out of range.
  FitClustering (*make)(const PolicyArguments& arguments);
  /// A fitted clustering from its options and the keys that fitted_yaml() wrote.
  std::unique_ptr<const Clustering> (*read)(const PolicyArguments& arguments, base::YamlMap& map);
};

/// All clusterings, in the order of the help text.
[[nodiscard]] const std::vector<ClusteringEntry>& clusterings();

/// Parses "NAME" or "NAME:key=value,key=value". Throws base::Error on an unknown name, option or
/// value, listing what is known; layers are looked at later, by what it returns.
[[nodiscard]] FitClustering make_clustering(std::string_view specification);

/// YAML of a fitted clustering: "specification: ..." and fitted_yaml(), unindented.
[[nodiscard]] std::string clustering_to_yaml(const Clustering& clustering);

/// The same back; classifies every layer as the one that was written. Throws base::Error with
/// file:line:column and key.
[[nodiscard]] std::unique_ptr<const Clustering> read_clustering(const base::YamlValue& value);

}  // namespace mensa::scheduler
