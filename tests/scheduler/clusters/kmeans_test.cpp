#include "scheduler/clusters/kmeans.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

#include "scheduler/clusters/rand_index.h"

namespace mensa::scheduler {
namespace {

TEST(KMeans, FindsClustersThatAreApart) {
  const std::vector<Point> points = {{0, 0}, {0, 1}, {9, 9}, {9, 10}, {1, 0}, {20, 0}, {10, 9}};
  const KMeans found = kmeans(points, 3, 1);
  EXPECT_EQ(found.labels, (std::vector<std::size_t>{0, 0, 1, 1, 0, 2, 1}));
  EXPECT_DOUBLE_EQ(found.centroids[0][0], 1.0 / 3);
  EXPECT_DOUBLE_EQ(found.centroids[1][1], 28.0 / 3);
  // 4/9 + 1/9 + ...: each corner of three points has 4/3.
  EXPECT_NEAR(found.inertia, 8.0 / 3, 1e-12);
}

TEST(KMeans, OneClusterIsTheMean) {
  const KMeans found = kmeans(std::vector<Point>{{1}, {2}, {6}}, 1, 7);
  EXPECT_DOUBLE_EQ(found.centroids[0][0], 3);
  EXPECT_DOUBLE_EQ(found.inertia, 4 + 1 + 9);
}

TEST(KMeans, AsManyClustersAsDifferentPoints) {
  const std::vector<Point> points = {{3}, {1}, {1}, {2}, {3}};
  EXPECT_EQ(distinct_points(points), 3U);
  const KMeans found = kmeans(points, 3, 1);
  EXPECT_EQ(found.labels, (std::vector<std::size_t>{2, 0, 0, 1, 2}));
  EXPECT_EQ(found.inertia, 0);
}

TEST(KMeans, NearestIsTheLowestOfEquals) {
  EXPECT_EQ(nearest_centroid({1}, std::vector<Point>{{0}, {2}, {1.5}}), 2U);
  EXPECT_EQ(nearest_centroid({1}, std::vector<Point>{{0}, {2}}), 0U);
}

std::vector<Point> some_points() {
  const auto count = *rc::gen::inRange<std::size_t>(2, 40);
  const auto coordinate = rc::gen::map(rc::gen::inRange(0, 12), [](int n) { return n * 0.5; });
  return *rc::gen::container<std::vector<Point>>(count, rc::gen::container<Point>(2, coordinate));
}

RC_GTEST_PROP(KMeans, EveryPointHasItsNearestCentroidAndNoClusterIsEmpty, ()) {
  const auto points = some_points();
  const auto clusters = *rc::gen::inRange<std::size_t>(1, distinct_points(points) + 1);
  const auto seed = *rc::gen::inRange<std::uint64_t>(0, 1000);
  const KMeans found = kmeans(points, clusters, seed);
  RC_ASSERT(found.centroids.size() == clusters);
  RC_ASSERT(std::set<std::size_t>(found.labels.begin(), found.labels.end()).size() == clusters);
  double inertia = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const double own = squared_distance(points[i], found.centroids[found.labels[i]]);
    for (const Point& centroid : found.centroids) {
      RC_ASSERT(own <= squared_distance(points[i], centroid));
    }
    inertia += own;
  }
  RC_ASSERT(std::abs(inertia - found.inertia) <= 1e-9 * (1 + inertia));
}

RC_GTEST_PROP(KMeans, IsTheSameAgain, ()) {
  const auto points = some_points();
  const auto clusters = *rc::gen::inRange<std::size_t>(1, distinct_points(points) + 1);
  const KMeans once = kmeans(points, clusters, 3);
  const KMeans again = kmeans(points, clusters, 3);
  RC_ASSERT(once.labels == again.labels);
  RC_ASSERT(once.centroids == again.centroids);
}

/// Another cluster never makes it worse than the mean of all.
RC_GTEST_PROP(KMeans, IsNoWorseThanOneCluster, ()) {
  const auto points = some_points();
  const auto clusters = *rc::gen::inRange<std::size_t>(1, distinct_points(points) + 1);
  RC_ASSERT(kmeans(points, clusters, 1).inertia <= kmeans(points, 1, 1).inertia + 1e-9);
}

}  // namespace
}  // namespace mensa::scheduler
