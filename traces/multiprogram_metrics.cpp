#include "traces/multiprogram_metrics.h"

#include <algorithm>
#include <numeric>

namespace mensa::traces {

MultiprogramMetrics multiprogram_metrics(const std::vector<double>& slowdowns) {
  const auto [least, most] = std::minmax_element(slowdowns.begin(), slowdowns.end());
  MultiprogramMetrics metrics;
  metrics.fairness = *least / *most;
  metrics.mean_slowdown = std::accumulate(slowdowns.begin(), slowdowns.end(), 0.0) /
                          static_cast<double>(slowdowns.size());
  metrics.throughput = std::accumulate(slowdowns.begin(), slowdowns.end(), 0.0,
                                       [](double sum, double each) { return sum + 1 / each; });
  return metrics;
}

}  // namespace mensa::traces
