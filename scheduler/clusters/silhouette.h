#pragma once

#include <span>

#include "scheduler/clusters/kmeans.h"

namespace mensa::scheduler {

/// Points whose silhouettes mean_silhouette() averages at most.
inline constexpr std::size_t kMostSilhouettes = 2000;

/// Mean of (b - a) / max(a, b) over the points (Rousseeuw, J. Comput. Appl. Math. 20, 1987): a is
/// the mean Euclidean distance to the other points of the same cluster, b the least mean distance
/// to those of another; 0 for a point alone in its cluster. From -1 to 1, larger where clusters are
/// tighter and farther apart. 0 with fewer than two clusters.
///
/// Every point takes part in a and b; of more than kMostSilhouettes points only so many, evenly
/// spread over their order, are averaged, so that it takes O(points), not their square.
[[nodiscard]] double mean_silhouette(std::span<const Point> points,
                                     std::span<const std::size_t> labels);

}  // namespace mensa::scheduler
