#include "scheduler/clusters/silhouette.h"

#include <gtest/gtest.h>

#include <vector>

namespace mensa::scheduler {
namespace {

double mean(const std::vector<Point>& points, const std::vector<std::size_t>& labels) {
  return mean_silhouette(points, labels);
}

TEST(Silhouette, ByHand) {
  // Mean distances to the own and to the other cluster: 1 and 11, 1 and 10, 2 and 9.5, 2 and 11.5.
  EXPECT_NEAR(mean({{0}, {1}, {10}, {12}}, {0, 0, 1, 1}),
              (10.0 / 11 + 9.0 / 10 + 7.5 / 9.5 + 9.5 / 11.5) / 4, 1e-12);
  // In the plane: 3, 4, 5. The lone point counts 0.
  EXPECT_NEAR(mean({{0, 0}, {3, 0}, {0, 4}}, {0, 0, 1}), (1.0 / 4 + 2.0 / 5 + 0) / 3, 1e-12);
}

TEST(Silhouette, PrefersTheTightClusters) {
  const std::vector<Point> points = {{0}, {1}, {10}, {12}};
  EXPECT_GT(mean(points, {0, 0, 1, 1}), mean(points, {0, 1, 0, 1}));
  EXPECT_LT(mean(points, {0, 1, 0, 1}), 0);
}

TEST(Silhouette, OfNothingToCompare) {
  EXPECT_EQ(mean({}, {}), 0);
  EXPECT_EQ(mean({{0}, {1}}, {0, 0}), 0);
  EXPECT_EQ(mean({{0}, {1}}, {0, 1}), 0);
  EXPECT_EQ(mean({{5}, {5}, {5}, {5}}, {0, 0, 1, 1}), 0);
}

/// Two clusters, far more points than are averaged: each has the same silhouette.
TEST(Silhouette, OfManyPointsIsTakenOfSome) {
  std::vector<Point> points;
  std::vector<std::size_t> labels;
  for (std::size_t i = 0; i < 3 * kMostSilhouettes; ++i) {
    labels.push_back(i % 2);
    points.push_back({i % 2 == 0 ? 0.0 : 1.0});
  }
  EXPECT_DOUBLE_EQ(mean(points, labels), 1);
}

}  // namespace
}  // namespace mensa::scheduler
