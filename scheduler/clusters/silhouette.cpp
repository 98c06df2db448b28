#include "scheduler/clusters/silhouette.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <vector>

namespace mensa::scheduler {
namespace {

double silhouette(std::span<const Point> points, std::span<const std::size_t> labels,
                  const std::vector<std::size_t>& sizes, std::size_t of) {
  if (sizes[labels[of]] < 2) return 0;
  std::vector<double> sums(sizes.size());
  for (std::size_t i = 0; i < points.size(); ++i) {
    sums[labels[i]] += std::sqrt(squared_distance(points[i], points[of]));
  }
  const double own = sums[labels[of]] / static_cast<double>(sizes[labels[of]] - 1);
  double other = std::numeric_limits<double>::infinity();
  for (std::size_t k = 0; k < sizes.size(); ++k) {
    if (k != labels[of] && sizes[k] > 0) {
      other = std::min(other, sums[k] / static_cast<double>(sizes[k]));
    }
  }
  const double larger = std::max(own, other);
  return larger > 0 ? (other - own) / larger : 0;
}

}  // namespace

double mean_silhouette(std::span<const Point> points, std::span<const std::size_t> labels) {
  assert(points.size() == labels.size());
  if (points.empty()) return 0;
  std::vector<std::size_t> sizes(*std::max_element(labels.begin(), labels.end()) + 1);
  for (const std::size_t label : labels) ++sizes[label];
  const auto used = std::count_if(sizes.begin(), sizes.end(), [](auto size) { return size > 0; });
  if (used < 2) return 0;
  const std::size_t averaged = std::min(points.size(), kMostSilhouettes);
  double sum = 0;
  for (std::size_t i = 0; i < averaged; ++i) {
    sum += silhouette(points, labels, sizes, i * points.size() / averaged);
  }
  return sum / static_cast<double>(averaged);
}

}  // namespace mensa::scheduler
