#include "explore/evaluation/metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "models/base/conversions.h"
#include "models/base/error.h"
#include "models/base/si.h"

namespace mensa::explore {
namespace {

constexpr std::array<MetricInfo, kMetricCount> kMetrics = {{
    {"area", dimensions::kArea, false, "silicon of all accelerators"},
    {"peak_power", dimensions::kPower, false, "drawn where everything works at once"},
    {"bandwidth", dimensions::kBandwidth, true, "of all memories together"},
    {"buffers", dimensions::kBytes, false, "of all accelerators together"},
    {"pes", dimensions::kPlain, false, "of all accelerators together"},
    {"accelerators", dimensions::kPlain, false, "how many there are"},
    {"latency", dimensions::kSeconds, false, "of an inference: mean over the models by weight"},
    {"energy", dimensions::kEnergy, false, "of an inference: mean over the models by weight"},
    {"edp", dimensions::kEnergy.times(dimensions::kSeconds), false,
     "energy-delay product: mean of the models' own"},
    {"power", dimensions::kPower, false, "mean energy over mean latency"},
    {"throughput", dimensions::kHertz, true, "inferences a second of the mix of models"},
    {"throughput_per_area", dimensions::kHertz.times(dimensions::kArea, -1), true,
     "the same by silicon"},
    {"deadline_misses", dimensions::kPlain, false, "share of the mix that ends after its deadline"},
}};

}  // namespace

const MetricInfo& info(Metric metric) { return kMetrics[static_cast<std::size_t>(metric)]; }

Metric metric_from_string(std::string_view name) {
  const auto found = std::find_if(kMetrics.begin(), kMetrics.end(),
                                  [&](const MetricInfo& one) { return one.name == name; });
  if (found == kMetrics.end()) {
    throw base::Error(base::unknown_name_message("metric", name, metric_names()));
  }
  return static_cast<Metric>(found - kMetrics.begin());
}

std::vector<std::string> metric_names() {
  std::vector<std::string> names;
  names.reserve(kMetrics.size());
  for (const MetricInfo& metric : kMetrics) names.emplace_back(metric.name);
  return names;
}

std::string with_unit(Metric metric, double value) {
  switch (metric) {
    case Metric::kThroughput:
      return base::si(value, "inf/s");
    case Metric::kThroughputPerArea:
      return base::si(value, "inf/s/mm2");
    case Metric::kDeadlineMisses:
      return fmt::format("{:.4g} %", value * base::kPercent);
    default:
      return with_unit(value, info(metric).dimension);
  }
}

double to_minimise(Metric metric, double value) {
  if (metric == Metric::kDeadlineMisses) return value;
  return info(metric).more_is_better ? -std::log(value) : std::log(value);
}

}  // namespace mensa::explore
