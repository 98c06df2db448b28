#include "traces/multiprogram_metrics.h"

#include <gtest/gtest.h>

namespace mensa::traces {
namespace {

TEST(MultiprogramMetrics, OfModelsThatAreSlowedUnequally) {
  const MultiprogramMetrics metrics = multiprogram_metrics({2, 8, 2});
  EXPECT_DOUBLE_EQ(metrics.fairness, 0.25);
  EXPECT_DOUBLE_EQ(metrics.mean_slowdown, 4);
  EXPECT_DOUBLE_EQ(metrics.throughput, 1.125);
}

TEST(MultiprogramMetrics, AModelAloneIsTreatedFairly) {
  const MultiprogramMetrics metrics = multiprogram_metrics({1.25});
  EXPECT_DOUBLE_EQ(metrics.fairness, 1);
  EXPECT_DOUBLE_EQ(metrics.mean_slowdown, 1.25);
  EXPECT_DOUBLE_EQ(metrics.throughput, 0.8);
}

/// Models that do not meet: no slowdown, and all of the throughput.
TEST(MultiprogramMetrics, NoModelIsSlowed) {
  const MultiprogramMetrics metrics = multiprogram_metrics({1, 1, 1});
  EXPECT_DOUBLE_EQ(metrics.fairness, 1);
  EXPECT_DOUBLE_EQ(metrics.mean_slowdown, 1);
  EXPECT_DOUBLE_EQ(metrics.throughput, 3);
}

}  // namespace
}  // namespace mensa::traces
