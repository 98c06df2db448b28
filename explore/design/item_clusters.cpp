#include "explore/design/item_clusters.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <optional>

#include "models/base/error.h"
#include "scheduler/clusters/clustering.h"

namespace mensa::explore {
namespace {

using scheduler::LayerTraits;

/// None of an item without bytes, which there is not.
double log_intensity(const WorkItem& item) {
  return item.traits.mac_intensity > 0 ? std::log10(item.traits.mac_intensity) : 0;
}

/// Labels of items that have none: of those whose mean intensity is nearest.
std::vector<std::size_t> completed(const std::vector<WorkItem>& items,
                                   const std::vector<std::optional<std::size_t>>& labels) {
  std::map<std::size_t, std::pair<double, double>> sums;  // of logarithms, and how many
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (!labels[i]) continue;
    auto& [sum, count] = sums[*labels[i]];
    sum += log_intensity(items[i]);
    count += 1;
  }
  std::vector<std::size_t> all;
  all.reserve(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    std::size_t label = labels[i].value_or(0);
    double nearest = std::numeric_limits<double>::infinity();
    for (const auto& [candidate, sum] : sums) {
      if (labels[i]) break;
      const double distance = std::abs(sum.first / sum.second - log_intensity(items[i]));
      if (distance >= nearest) continue;
      nearest = distance;
      label = candidate;
    }
    all.push_back(label);
  }
  return all;
}

/// By a clustering of the library, numbered as there; none where the items are too few or too alike
/// for it, or it says nothing of any.
std::optional<std::vector<std::size_t>> labels_by(const std::string& specification,
                                                  const std::vector<WorkItem>& items) {
  std::vector<LayerTraits> traits;
  traits.reserve(items.size());
  for (const WorkItem& item : items) traits.push_back(item.traits);
  std::unique_ptr<const scheduler::Clustering> fitted;
  try {
    fitted = scheduler::make_clustering(specification)(traits);
  } catch (const base::Error&) {
    return std::nullopt;
  }
  std::vector<std::optional<std::size_t>> labels;
  labels.reserve(items.size());
  bool any = false;
  for (const LayerTraits& one : traits) {
    const auto cluster = fitted->classify(one);
    any = any || cluster.has_value();
    labels.push_back(cluster ? std::optional(cluster->index()) : std::nullopt);
  }
  if (!any) return std::nullopt;
  return completed(items, labels);
}

/// The five families in so many groups at the most: apart are first those that the papers give
/// accelerators of their own (1 and 2, 3, 4 and 5).
std::vector<std::size_t> joined_families(const std::vector<std::size_t>& family_of,
                                         std::size_t most) {
  constexpr std::size_t kFamilies = 5;
  constexpr std::array<std::array<std::size_t, kFamilies>, kFamilies> kGroups = {{
      {0, 0, 0, 0, 0},
      {0, 0, 1, 1, 1},
      {0, 0, 1, 2, 2},
      {0, 0, 1, 2, 3},
      {0, 1, 2, 3, 4},
  }};
  const auto& group = kGroups[std::min(most, kFamilies) - 1];
  std::vector<std::size_t> labels;
  labels.reserve(family_of.size());
  for (const std::size_t family : family_of) labels.push_back(group[family]);
  return labels;
}

}  // namespace

ItemClusters clusters_of(std::string origin, std::vector<std::size_t> labels) {
  ItemClusters clusters{std::move(origin), std::move(labels), 0};
  std::map<std::size_t, std::size_t> number;
  for (std::size_t& label : clusters.labels) {
    label = number.try_emplace(label, number.size()).first->second;
  }
  clusters.count = number.size();
  return clusters;
}

std::vector<ItemClusters> starting_clusters(const std::vector<WorkItem>& items, std::size_t most,
                                            std::uint64_t seed) {
  std::vector<ItemClusters> all;
  const auto add = [&](ItemClusters clusters) {
    const bool is_new = std::none_of(all.begin(), all.end(), [&](const ItemClusters& other) {
      return other.labels == clusters.labels;
    });
    if (is_new) all.push_back(std::move(clusters));
  };
  add(clusters_of("all together", std::vector<std::size_t>(items.size(), 0)));
  for (std::size_t k = 2; k <= most; ++k) {
    const std::string specification = fmt::format("kmeans:k={},seed={}", k, seed);
    if (auto labels = labels_by(specification, items)) {
      add(clusters_of(specification, std::move(*labels)));
    }
  }
  if (const auto family_of = labels_by("families", items)) {
    add(clusters_of("families", joined_families(*family_of, most)));
  }
  return all;
}

ItemClusters merged(const ItemClusters& clusters, std::size_t i, std::size_t j) {
  std::vector<std::size_t> labels = clusters.labels;
  std::replace(labels.begin(), labels.end(), j, i);
  return clusters_of(clusters.origin + ", two merged", std::move(labels));
}

ItemClusters split(const ItemClusters& clusters, std::size_t i, const std::vector<WorkItem>& items,
                   std::uint64_t seed) {
  std::vector<WorkItem> inside;
  std::vector<std::size_t> positions;
  for (std::size_t p = 0; p < items.size(); ++p) {
    if (clusters.labels[p] != i) continue;
    inside.push_back(items[p]);
    positions.push_back(p);
  }
  const auto halves = labels_by(fmt::format("kmeans:k=2,seed={}", seed), inside);
  if (!halves) return clusters;
  std::vector<std::size_t> labels = clusters.labels;
  for (std::size_t p = 0; p < positions.size(); ++p) {
    if ((*halves)[p] == 1) labels[positions[p]] = clusters.count;
  }
  return clusters_of(clusters.origin + ", one split", std::move(labels));
}

}  // namespace mensa::explore
