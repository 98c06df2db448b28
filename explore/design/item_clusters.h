#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "explore/design/work_items.h"

namespace mensa::explore {

/// Items in groups, each of which an accelerator is sized for.
struct ItemClusters {
  std::string origin;               ///< "kmeans:k=3,seed=1": where they come from
  std::vector<std::size_t> labels;  ///< by item, from 0 to count - 1
  std::size_t count = 0;            ///< none of them is empty
};

/// From where designs start, by the traits of the items' main layers: all in one; k-means of k = 2
/// to `most`; and the five families of the papers, joined to `most` where that is fewer. An item of
/// which a clustering says nothing, having no parameters, is with those of about its MACs per byte.
[[nodiscard]] std::vector<ItemClusters> starting_clusters(const std::vector<WorkItem>& items,
                                                          std::size_t most, std::uint64_t seed);

/// Clusters i and j as one.
[[nodiscard]] ItemClusters merged(const ItemClusters& clusters, std::size_t i, std::size_t j);
/// Cluster i in two by k-means; as it was where its items are too alike.
[[nodiscard]] ItemClusters split(const ItemClusters& clusters, std::size_t i,
                                 const std::vector<WorkItem>& items, std::uint64_t seed);
/// By the labels, which may leave some out: renumbered, in the order of the first item of each.
[[nodiscard]] ItemClusters clusters_of(std::string origin, std::vector<std::size_t> labels);

}  // namespace mensa::explore
