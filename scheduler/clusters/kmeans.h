#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace mensa::scheduler {

/// Coordinates, all finite and of one dimension in a set of points.
using Point = std::vector<double>;

/// Square of the Euclidean distance.
[[nodiscard]] double squared_distance(const Point& a, const Point& b);

/// The nearest of `centroids`, the lowest among equally near ones. There is at least one.
[[nodiscard]] std::size_t nearest_centroid(const Point& point, std::span<const Point> centroids);

/// Points that differ from one another.
[[nodiscard]] std::size_t distinct_points(std::span<const Point> points);

struct KMeans {
  std::vector<Point> centroids;     ///< in lexicographic order
  std::vector<std::size_t> labels;  ///< by point, of its nearest centroid
  double inertia = 0;               ///< sum of squared distances to the nearest centroid
};

/// Lloyd's iteration (IEEE Trans. Inf. Theory 28(2), 1982) from k-means++ seeds (Arthur and
/// Vassilvitskii, SODA 2007), the best of kRestarts. `clusters` is from 1 to distinct_points(); no
/// cluster ends empty. The same for equal arguments, on every machine with IEEE arithmetic.
///
/// It makes the inertia small and promises no optimum: that is NP-hard. Seeds alone are within
/// 8 (ln clusters + 2) of it in expectation. O(points x clusters x dimensions) per iteration, at
/// most kMostIterations of them in each restart.
[[nodiscard]] KMeans kmeans(std::span<const Point> points, std::size_t clusters,
                            std::uint64_t seed);

}  // namespace mensa::scheduler
