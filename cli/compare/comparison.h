#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/arguments.h"

namespace mensa::cli {

/// What one inference of a model takes on a system by a policy's schedule.
struct ComparedFigures {
  double latency_s = 0;  ///< simulated, as all that is not said to be analytic
  double analytic_latency_s = 0;
  double energy_j = 0;
  double analytic_energy_j = 0;
  double pe_utilization = 0;         ///< traces::Totals has the definitions
  double system_pe_utilization = 0;  ///< of all PEs of the system
  std::int64_t transfers = 0;        ///< activations that pass between accelerators
  std::int64_t transfer_bytes = 0;
  std::int64_t dram_read_bytes = 0;
  std::int64_t dram_write_bytes = 0;
  /// The objective by the analytic model (s, J or J s), and what no schedule takes less than.
  double analytic_value = 0;
  double bound = 0;
  std::string bound_kind;  ///< scheduler::BoundKind: "relaxation", "search", "optimum"

  [[nodiscard]] double edp_js() const { return latency_s * energy_j; }
  /// How much more than the bound the schedule takes, as a share of the bound. None where the bound
  /// is 0.
  [[nodiscard]] std::optional<double> gap() const;
};

/// One model on one system by one policy.
struct ComparedRow {
  std::string model;
  std::string system;
  std::string policy;
  std::optional<ComparedFigures> figures;
  std::string failure;  ///< why there are no figures; empty where there are
};

/// One system and policy over all models that ran there and, to compare with, on the first system
/// by the first policy.
struct ComparedMean {
  std::string system;
  std::string policy;
  std::size_t models = 0;  ///< that went into the means
  /// Geometric means of the ratios to the first; none without models.
  std::optional<double> latency;
  std::optional<double> energy;
  std::optional<double> edp;
};

/// A file that runs were made from.
struct ComparedFile {
  std::string name;                   ///< as rows have it
  std::string file;                   ///< without its folder; empty where it was not found
  std::optional<std::string> sha256;  ///< of the model's file, or the system's tree
};

/// All that `mensa compare` found: models x systems x policies.
struct Comparison {
  std::string version;
  RunArguments run;  ///< what all rows share
  std::vector<ComparedFile> models;
  std::vector<ComparedFile> systems;
  std::vector<std::string> policies;
  std::vector<ComparedRow> rows;  ///< by model, then system, then policy
};

/// One for each system and policy, in the order of the rows.
[[nodiscard]] std::vector<ComparedMean> means_of(const Comparison& comparison);

[[nodiscard]] std::string comparison_table(const Comparison& comparison);
/// One line for each row, below one of headings.
[[nodiscard]] std::string comparison_csv(const Comparison& comparison);
/// As docs/mensa-compare.schema.json describes it.
[[nodiscard]] std::string comparison_json(const Comparison& comparison);

}  // namespace mensa::cli
