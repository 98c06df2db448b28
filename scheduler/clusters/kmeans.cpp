#include "scheduler/clusters/kmeans.h"

#include <algorithm>
#include <cassert>
#include <limits>
#include <random>
#include <set>
#include <utility>

namespace mensa::scheduler {
namespace {

/// As many as other implementations take by default; layers have few traits, and few local optima.
constexpr int kRestarts = 10;
/// Where Lloyd's iteration has not settled by then, it moves single points about.
constexpr int kMostIterations = 300;

/// Uniform in [0, 1) with 53 random bits. The distributions of the standard library differ from one
/// implementation to the next; this does not.
double uniform(std::mt19937_64& random) {
  constexpr int kSpareBits = 11;
  constexpr double kUnit = 0x1p-53;
  return static_cast<double>(random() >> kSpareBits) * kUnit;
}

/// k-means++: each next centroid is a point drawn with its squared distance to those there are.
std::vector<Point> plus_plus_seeds(std::span<const Point> points, std::size_t clusters,
                                   std::mt19937_64& random) {
  const auto count = static_cast<double>(points.size());
  const auto first = static_cast<std::size_t>(uniform(random) * count);
  std::vector<Point> centroids = {points[std::min(first, points.size() - 1)]};
  std::vector<double> distance(points.size(), std::numeric_limits<double>::infinity());
  while (centroids.size() < clusters) {
    double sum = 0;
    for (std::size_t i = 0; i < points.size(); ++i) {
      distance[i] = std::min(distance[i], squared_distance(points[i], centroids.back()));
      sum += distance[i];
    }
    double left = uniform(random) * sum;
    // Rounding may leave something at the end: then the last point that is no centroid is drawn.
    std::size_t drawn = 0;
    for (std::size_t i = 0; i < points.size(); ++i) {
      if (distance[i] <= 0) continue;
      drawn = i;
      left -= distance[i];
      if (left < 0) break;
    }
    centroids.push_back(points[drawn]);
  }
  return centroids;
}

void label_points(std::span<const Point> points, KMeans& state) {
  state.inertia = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    state.labels[i] = nearest_centroid(points[i], state.centroids);
    state.inertia += squared_distance(points[i], state.centroids[state.labels[i]]);
  }
}

/// Every centroid to the mean of its points. One without points goes to the point farthest from its
/// own centroid, which has others beside it or is no centroid yet.
void move_centroids(std::span<const Point> points, KMeans& state) {
  const std::size_t dimensions = points.front().size();
  std::vector<Point> sums(state.centroids.size(), Point(dimensions));
  std::vector<std::size_t> sizes(state.centroids.size());
  for (std::size_t i = 0; i < points.size(); ++i) {
    ++sizes[state.labels[i]];
    for (std::size_t d = 0; d < dimensions; ++d) sums[state.labels[i]][d] += points[i][d];
  }
  std::vector<double> distance(points.size());
  for (std::size_t i = 0; i < points.size(); ++i) {
    distance[i] = squared_distance(points[i], state.centroids[state.labels[i]]);
  }
  for (std::size_t k = 0; k < sizes.size(); ++k) {
    if (sizes[k] == 0) {
      const auto farthest = std::max_element(distance.begin(), distance.end());
      state.centroids[k] = points[static_cast<std::size_t>(farthest - distance.begin())];
      *farthest = 0;
      continue;
    }
    for (std::size_t d = 0; d < dimensions; ++d) {
      state.centroids[k][d] = sums[k][d] / static_cast<double>(sizes[k]);
    }
  }
}

KMeans settle(std::span<const Point> points, std::vector<Point> seeds) {
  KMeans state;
  state.centroids = std::move(seeds);
  state.labels.resize(points.size());
  label_points(points, state);
  for (int iteration = 0; iteration < kMostIterations; ++iteration) {
    const std::vector<std::size_t> before = state.labels;
    move_centroids(points, state);
    label_points(points, state);
    if (state.labels == before) break;
  }
  return state;
}

/// With the centroids in lexicographic order: numbers of clusters are to depend on what is in them,
/// not on the draw.
void sort_centroids(std::span<const Point> points, KMeans& state) {
  std::sort(state.centroids.begin(), state.centroids.end());
  label_points(points, state);
}

bool has_empty_cluster(const KMeans& state) {
  const std::set<std::size_t> used(state.labels.begin(), state.labels.end());
  return used.size() < state.centroids.size();
}

}  // namespace

double squared_distance(const Point& a, const Point& b) {
  double sum = 0;
  for (std::size_t d = 0; d < a.size(); ++d) sum += (a[d] - b[d]) * (a[d] - b[d]);
  return sum;
}

std::size_t nearest_centroid(const Point& point, std::span<const Point> centroids) {
  std::size_t best = 0;
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t k = 0; k < centroids.size(); ++k) {
    const double distance = squared_distance(point, centroids[k]);
    if (distance < least) {
      least = distance;
      best = k;
    }
  }
  return best;
}

std::size_t distinct_points(std::span<const Point> points) {
  return std::set<Point>(points.begin(), points.end()).size();
}

KMeans kmeans(std::span<const Point> points, std::size_t clusters, std::uint64_t seed) {
  assert(clusters >= 1 && clusters <= distinct_points(points));
  std::mt19937_64 random(seed);
  KMeans best;
  for (int restart = 0; restart < kRestarts; ++restart) {
    std::vector<Point> seeds = plus_plus_seeds(points, clusters, random);
    KMeans found = settle(points, seeds);
    sort_centroids(points, found);
    if (has_empty_cluster(found)) {
      // The last iteration may empty one. The seeds are different points: none of theirs is empty.
      found.centroids = std::move(seeds);
      sort_centroids(points, found);
    }
    if (best.centroids.empty() || found.inertia < best.inertia) best = std::move(found);
  }
  return best;
}

}  // namespace mensa::scheduler
