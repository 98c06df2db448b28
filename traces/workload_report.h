#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "scheduler/problem/scheduling_problem.h"
#include "sim/engine/run_result.h"
#include "traces/multiprogram_metrics.h"

namespace mensa::traces {

/// Inferences of one model beside those of others.
struct WorkloadModelReport {
  std::string name;                ///< the user's own
  std::string model;               ///< of the graph
  std::vector<std::string> notes;  ///< what the importer approximated or left out
  std::size_t approximate_layers = 0;
  std::int64_t inferences = 0;
  /// From arrival to end, waiting for others included; percentiles by nearest rank.
  base::Seconds mean_latency;
  base::Seconds median_latency;
  base::Seconds p95_latency;
  base::Seconds p99_latency;
  base::Seconds worst_latency;
  /// Of one inference on the system by itself, which begins without parameters on chip.
  base::Seconds alone_latency;
  std::optional<base::Seconds> deadline;
  std::int64_t missed_deadlines = 0;
  double joules_per_inference = 0;
  base::Bytes dram_bytes;  ///< of all inferences

  /// How many times longer than alone an inference takes on average, waiting included.
  [[nodiscard]] double slowdown() const { return mean_latency.ratio(alone_latency); }
};

struct WorkloadAcceleratorReport {
  std::string name;
  sim::ActivityTimes activities;
  double utilization = 0;  ///< share of the whole run in which its array or lanes are at work
};

/// What is said about a run of several models.
struct WorkloadReport {
  std::string version;
  std::string workload_file;  ///< without its folder
  std::string system;
  std::string policy;
  std::string concurrency;
  std::string memory;
  accelerators::PrecisionRules precisions;  ///< asked for, of each model
  base::Seconds elapsed;                    ///< end of the last inference
  double joules = 0;
  std::vector<WorkloadModelReport> models;
  MultiprogramMetrics metrics;
  std::vector<WorkloadAcceleratorReport> accelerators;
};

/// Of one stream of a run, and the run of one inference alone.
[[nodiscard]] WorkloadModelReport workload_model_report(std::string name,
                                                        const models::Graph& graph,
                                                        const sim::StreamRun& stream,
                                                        const sim::RunResult& alone,
                                                        std::optional<base::Seconds> deadline);

/// For people.
[[nodiscard]] std::string workload_table(const WorkloadReport& report);
/// For programs: keys with units, full digits.
[[nodiscard]] std::string workload_json(const WorkloadReport& report);

}  // namespace mensa::traces
