#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/study/study_view.h"
#include "explore/insight/importance.h"

namespace mensa::cli {

/// How two objectives go together, by Spearman's rank correlation: 1 where what is better in one is
/// better in the other, -1 where one is had at the price of the other.
struct ObjectivePair {
  explore::Metric first = explore::Metric::kLatency;
  explore::Metric second = explore::Metric::kEnergy;
  std::optional<double> everywhere;  ///< over all feasible points; none where one does not vary
  std::optional<double> on_front;
};

/// One quantity by the analytic model and simulated, over the points that were simulated.
struct QuantityAgreement {
  double mean_ratio = 0;           ///< simulated over analytic
  double largest_difference = 0;   ///< |simulated / analytic - 1|
  std::optional<double> rankings;  ///< Kendall's tau-b of the points by either
};

struct ModelAgreement {
  std::string model;
  std::size_t points = 0;
  QuantityAgreement latency;
  QuantityAgreement energy;
};

/// What the points of a study say together.
struct StudyInsight {
  std::vector<explore::Importance> importance;  ///< by objective
  /// Whether its search goes on where it found good points, so that the importance is that in its
  /// points and not in the space.
  bool concentrates = false;
  std::optional<double> sampled;  ///< share of the space that was evaluated; none of vast ones
  std::vector<ObjectivePair> pairs;
  std::vector<ModelAgreement> agreement;  ///< of models with points that were simulated
};

[[nodiscard]] StudyInsight insight_of(const explore::StudyStore& study, const StudyView& view);

}  // namespace mensa::cli
