#pragma once

#include "scheduler/clusters/clustering.h"

namespace mensa::scheduler {

/// The five layer families of the papers, as boxes in trait space.
[[nodiscard]] FitClustering make_families(const PolicyArguments& arguments);
[[nodiscard]] std::unique_ptr<const Clustering> read_families(const PolicyArguments& arguments,
                                                              base::YamlMap& map);

/// k-means over standardised logarithms of traits.
[[nodiscard]] FitClustering make_kmeans(const PolicyArguments& arguments);
[[nodiscard]] std::unique_ptr<const Clustering> read_kmeans(const PolicyArguments& arguments,
                                                            base::YamlMap& map);

/// Two clusters, by MACs per byte against a machine's balance.
[[nodiscard]] FitClustering make_threshold(const PolicyArguments& arguments);
[[nodiscard]] std::unique_ptr<const Clustering> read_threshold(const PolicyArguments& arguments,
                                                               base::YamlMap& map);

}  // namespace mensa::scheduler
