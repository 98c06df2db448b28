#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/arguments.h"
#include "scheduler/clusters/clustering.h"
#include "scheduler/clusters/driver_table.h"
#include "scheduler/clusters/families.h"
#include "scheduler/clusters/preferred_accelerators.h"

namespace mensa::cli {

/// A layer with MACs of one of the models.
struct ClusteredLayer {
  std::size_t model = 0;  ///< position in ClusterReport::models
  std::string name;
  std::string op;  ///< with the kernel of a convolution: "depthwise Conv 3x3"
  scheduler::LayerTraits traits;
  std::optional<scheduler::ClusterId> cluster;
  std::optional<scheduler::FamilyMatch> family;

  /// Over all time steps.
  [[nodiscard]] std::int64_t macs() const { return traits.macs * traits.steps; }
};

struct TraitRange {
  double least = 0;
  double median = 0;  ///< mean of the two in the middle, where there are two
  double most = 0;
};

/// Layers of one cluster taken together; of none too.
struct ClusterSummary {
  std::size_t layers = 0;
  std::int64_t macs = 0;             ///< over all time steps
  std::int64_t parameter_bytes = 0;  ///< a byte each; shared ones once for each layer
  std::vector<TraitRange> ranges;    ///< by scheduler::named_traits(); empty without layers
  /// Operators and their layers, the most layers first, then by name.
  std::vector<std::pair<std::string, std::size_t>> operators;
  scheduler::PreferredAccelerator choice;  ///< without any accelerators for `unclustered`
};

/// How alike two clusterings treat the layers that both have clusters for.
struct Agreement {
  std::string first;   ///< specification, as fitted
  std::string second;  ///< specification, as fitted
  std::size_t layers = 0;
  std::optional<double> rand_index;  ///< adjusted; none where there is nothing to compare
  std::string reason;                ///< why not
};

/// What `mensa cluster` found. Plain data; only the writers below print.
struct ClusterReport {
  struct Model {
    std::string name;
    std::string file;  ///< without its folder
    std::string sha256;
    std::size_t layers = 0;  ///< with MACs
    std::int64_t macs = 0;
  };
  std::vector<Model> models;
  std::string system;
  std::vector<std::string> accelerators;  ///< by AcceleratorId
  std::vector<std::string> system_warnings;
  accelerators::Objective objective = accelerators::Objective::kEdp;
  std::string mapper;

  std::shared_ptr<const scheduler::Clustering> clustering;
  std::vector<scheduler::Family> families;  ///< the papers' boxes, whatever the clustering is
  std::vector<ClusteredLayer> layers;       ///< by model, in topological order
  std::vector<ClusterSummary> clusters;     ///< by ClusterId
  ClusterSummary unclustered;
  ClusterSummary all;
  std::size_t layers_with_parameters = 0;
  std::size_t layers_in_boxes = 0;  ///< of those, in the box of some family
  std::vector<Agreement> agreement;
};

/// Clusters the layers of all models together. Throws base::Error, names that are wrong first.
[[nodiscard]] ClusterReport make_cluster_report(const ClusterArguments& arguments);

/// The preferred accelerators as a driver table.
[[nodiscard]] scheduler::DriverTable driver_table_of(const ClusterReport& report);

/// For people.
[[nodiscard]] std::string cluster_table(const ClusterReport& report);
/// For programs: schema mensa-cluster/1, docs/mensa-cluster.schema.json.
[[nodiscard]] std::string cluster_json(const ClusterReport& report);
/// Scatter plot of all layers with parameters: reuse against bytes of parameters.
[[nodiscard]] std::string cluster_svg(const ClusterReport& report);

}  // namespace mensa::cli
