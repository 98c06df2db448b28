#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "explore/evaluation/metrics.h"

namespace mensa::explore {

/// A point of a space: which of its choices each parameter has, in the order of Space::parameters.
using Point = std::vector<std::uint32_t>;

/// "3,0,12": tells points of a space apart.
[[nodiscard]] std::string key_of(const Point& point);
/// The point of a key. Throws std::invalid_argument where the text is none.
[[nodiscard]] Point point_of(std::string_view key);

enum class PointStatus : std::uint8_t {
  kFeasible,
  kInfeasible,  ///< breaks a constraint, is no system, or cannot run some model
  kFailed,      ///< a fault of mensa's own
};
[[nodiscard]] std::string_view to_string(PointStatus status);
/// Throws base::Error on any other word.
[[nodiscard]] PointStatus point_status_from_string(std::string_view word);

/// One model at a point, by the analytic model.
struct ModelOutcome {
  std::string model;    ///< its name in the space
  double latency = 0;   ///< s, of one inference
  double energy = 0;    ///< J, of one inference
  double interval = 0;  ///< s, from one inference to the next
  double dram_bytes = 0;
  bool misses_deadline = false;
  bool operator==(const ModelOutcome&) const = default;
};

/// One accelerator at a point, what it does summed over one inference of each model, times the
/// models' weights over the sum of these.
struct AcceleratorOutcome {
  std::string accelerator;
  double area = 0;     ///< mm2
  double leakage = 0;  ///< W
  std::int64_t pes = 0;
  double busy = 0;  ///< s
  double layers = 0;
  double macs = 0;
  double energy = 0;  ///< J, static energy of the whole system while it works included
  bool operator==(const AcceleratorOutcome&) const = default;
};

/// What became of a point.
struct PointResult {
  PointStatus status = PointStatus::kFeasible;
  /// Of a point that is not feasible: one sentence, and what it is about, to count by: the text of
  /// the constraint, or "system", or "model NAME".
  std::string reason;
  std::string cause;
  /// By how much constraints are broken, each relative to its limit, summed; 0 of feasible points.
  double violation = 0;
  /// By Metric. None of what is not known: those of models where the point was rejected before
  /// any was evaluated.
  std::array<std::optional<double>, kMetricCount> metrics{};
  std::vector<ModelOutcome> models;              ///< in the order of the space; empty as above
  std::vector<AcceleratorOutcome> accelerators;  ///< in the order of the system
  double seconds = 0;                            ///< that the evaluation took

  [[nodiscard]] std::optional<double> metric(Metric which) const {
    return metrics[static_cast<std::size_t>(which)];
  }
  [[nodiscard]] bool is_feasible() const { return status == PointStatus::kFeasible; }
};

void to_json(nlohmann::json& json, const PointResult& result);
void from_json(const nlohmann::json& json, PointResult& result);

}  // namespace mensa::explore
