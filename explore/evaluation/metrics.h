#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "explore/space/dimension.h"

namespace mensa::explore {

/// What is known of a point as one number. Those of the system alone are known before any model is
/// evaluated.
enum class Metric : std::uint8_t {
  kArea,               ///< mm2, of all accelerators
  kPeakPower,          ///< W, accelerators::peak_power()
  kBandwidth,          ///< B/s, of all memories together
  kBuffers,            ///< B, of all buffers of all accelerators
  kPes,                ///< of all accelerators
  kAccelerators,       ///< how many there are
  kLatency,            ///< s, mean over the models by their weights
  kEnergy,             ///< J of an inference, the same mean
  kEdp,                ///< J s, mean of the models' own products
  kPower,              ///< W, mean energy over mean latency
  kThroughput,         ///< inferences per second of the mix
  kThroughputPerArea,  ///< the same per mm2
  kDeadlineMisses,     ///< share of the mix that ends after its deadline, 0 to 1
};
inline constexpr std::size_t kMetricCount = 13;
inline constexpr std::size_t kSystemMetricCount = 6;  ///< the first ones, of the system alone

struct MetricInfo {
  std::string_view name;  ///< as files and tables have it
  Dimension dimension;
  bool more_is_better = false;
  std::string_view help;
};
[[nodiscard]] const MetricInfo& info(Metric metric);
[[nodiscard]] inline bool is_of_system(Metric metric) {
  return static_cast<std::size_t>(metric) < kSystemMetricCount;
}
/// Throws base::Error listing the known ones.
[[nodiscard]] Metric metric_from_string(std::string_view name);
[[nodiscard]] std::vector<std::string> metric_names();

/// "1.2 ms", "87 inf/s", "25 %": a value for people.
[[nodiscard]] std::string with_unit(Metric metric, double value);

/// Smaller is better, whatever the metric: the logarithm of it, negative where more is better; of
/// shares, which may be 0, the value itself.
[[nodiscard]] double to_minimise(Metric metric, double value);

}  // namespace mensa::explore
