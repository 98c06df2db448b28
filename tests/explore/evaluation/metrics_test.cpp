#include "explore/evaluation/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "accelerators/cost/peak_power.h"
#include "accelerators/spec/loader.h"
#include "explore/evaluation/system_metrics.h"
#include "tests/models/base/error_of.h"

namespace mensa::explore {
namespace {

using testing::StartsWith;

TEST(Metrics, HaveNames) {
  const std::vector<std::string> names = metric_names();
  ASSERT_EQ(names.size(), kMetricCount);
  for (std::size_t i = 0; i < names.size(); ++i) {
    EXPECT_EQ(metric_from_string(names[i]), static_cast<Metric>(i));
    EXPECT_EQ(info(static_cast<Metric>(i)).name, names[i]);
    EXPECT_FALSE(info(static_cast<Metric>(i)).help.empty());
  }
  EXPECT_THAT(error_of([] { return metric_from_string("latenc"); }),
              StartsWith("unknown metric 'latenc'; did you mean 'latency'?"));
}

TEST(Metrics, OfSystemsAreKnownWithoutModels) {
  EXPECT_TRUE(is_of_system(Metric::kArea));
  EXPECT_TRUE(is_of_system(Metric::kAccelerators));
  EXPECT_FALSE(is_of_system(Metric::kLatency));
  EXPECT_FALSE(is_of_system(Metric::kThroughputPerArea));
}

TEST(Metrics, AreShownWithTheirUnits) {
  EXPECT_EQ(with_unit(Metric::kLatency, 0.0012), "1.2 ms");
  EXPECT_EQ(with_unit(Metric::kThroughput, 87), "87 inf/s");
  EXPECT_EQ(with_unit(Metric::kDeadlineMisses, 0.25), "25 %");
  EXPECT_EQ(with_unit(Metric::kBuffers, 65536), "64 KiB");
  EXPECT_EQ(with_unit(Metric::kPes, 1024), "1024");
}

TEST(Metrics, AreMinimisedByTheirLogarithms) {
  EXPECT_DOUBLE_EQ(to_minimise(Metric::kLatency, 2), std::log(2));
  EXPECT_DOUBLE_EQ(to_minimise(Metric::kThroughput, 2), -std::log(2));
  EXPECT_DOUBLE_EQ(to_minimise(Metric::kBandwidth, 2), -std::log(2));
  EXPECT_EQ(to_minimise(Metric::kDeadlineMisses, 0), 0);
  EXPECT_EQ(to_minimise(Metric::kDeadlineMisses, 0.5), 0.5);
}

TEST(SystemMetrics, AreOfAllAccelerators) {
  const accelerators::System system = accelerators::load_system("mensa_g");
  PointResult result;
  add_system_metrics(system, result);
  EXPECT_EQ(result.metric(Metric::kAccelerators), 3);
  EXPECT_EQ(result.metric(Metric::kPes), 32 * 32 + 8 * 8 + 16 * 16);
  EXPECT_EQ(result.metric(Metric::kBandwidth), 256e9);
  EXPECT_EQ(result.metric(Metric::kPeakPower), accelerators::peak_power(system).total().value());
  double buffers = 0;
  for (const auto& accelerator : system.accelerators) {
    for (const auto& buffer : accelerator.buffers) {
      buffers += static_cast<double>(buffer.capacity.value());
    }
  }
  EXPECT_EQ(result.metric(Metric::kBuffers), buffers);
  EXPECT_EQ(result.metric(Metric::kLatency), std::nullopt);
}

TEST(ModelMetrics, AreMeansByWeight) {
  PointResult result;
  result.metrics[static_cast<std::size_t>(Metric::kArea)] = 4;
  result.models = {{"a", 1, 10, 0.5, 0, true}, {"b", 4, 2, 3, 0, false}};
  add_model_metrics({3, 1}, result);
  EXPECT_EQ(result.metric(Metric::kLatency), 7.0 / 4);
  EXPECT_EQ(result.metric(Metric::kEnergy), 8);
  EXPECT_EQ(result.metric(Metric::kEdp), 38.0 / 4);
  EXPECT_EQ(result.metric(Metric::kPower), 32.0 / 7);
  EXPECT_EQ(result.metric(Metric::kThroughput), 4 / 4.5);
  EXPECT_EQ(result.metric(Metric::kThroughputPerArea), 4 / 4.5 / 4);
  EXPECT_EQ(result.metric(Metric::kDeadlineMisses), 0.75);
}

}  // namespace
}  // namespace mensa::explore
