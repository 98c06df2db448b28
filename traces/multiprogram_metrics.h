#pragma once

#include <vector>

namespace mensa::traces {

/// How models that share a system fare beside each other, by how many times longer each takes than
/// alone: Eyerman and Eeckhout, "System-Level Performance Metrics for Multiprogram Workloads", IEEE
/// Micro 28(3), 2008.
struct MultiprogramMetrics {
  /// Smallest slowdown over the largest one: 1 where all are slowed alike, towards 0 where one
  /// suffers for the others.
  double fairness = 1;
  /// Their ANTT, average normalized turnaround time: the mean slowdown; the lower the better.
  double mean_slowdown = 1;
  /// Their STP, system throughput: the sum of 1 / slowdown; at most the number of models where none
  /// is faster than alone.
  double throughput = 1;
};

/// Of at least one slowdown, each above 0.
[[nodiscard]] MultiprogramMetrics multiprogram_metrics(const std::vector<double>& slowdowns);

}  // namespace mensa::traces
