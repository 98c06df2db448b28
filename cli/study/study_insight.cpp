#include "cli/study/study_insight.h"

#include <algorithm>
#include <cmath>

#include "explore/insight/correlation.h"
#include "explore/search/search.h"

namespace mensa::cli {
namespace {

using explore::StudyDescription;
using explore::Verification;

double size_of(const StudyDescription& description) {
  double size = 1;
  for (const explore::StudyParameter& parameter : description.parameters) {
    size *= static_cast<double>(parameter.choices.size());
  }
  return size;
}

/// One objective of the points at these positions.
std::vector<double> column(const StudyView& view, const std::vector<std::size_t>& positions,
                           std::size_t objective) {
  std::vector<double> values;
  values.reserve(positions.size());
  for (const std::size_t position : positions)
    values.push_back(view.objectives[position][objective]);
  return values;
}

std::vector<double> column(const StudyView& view, std::size_t objective) {
  std::vector<double> values;
  values.reserve(view.objectives.size());
  for (const auto& point : view.objectives) values.push_back(point[objective]);
  return values;
}

QuantityAgreement agreement(const std::vector<double>& analytic,
                            const std::vector<double>& simulated) {
  QuantityAgreement result;
  for (std::size_t i = 0; i < analytic.size(); ++i) {
    const double ratio = simulated[i] / analytic[i];
    result.mean_ratio += ratio / static_cast<double>(analytic.size());
    result.largest_difference = std::max(result.largest_difference, std::abs(ratio - 1));
  }
  result.rankings = explore::kendall(analytic, simulated);
  return result;
}

std::vector<ModelAgreement> agreements(const std::vector<Verification>& verifications,
                                       const StudyDescription& description) {
  std::vector<ModelAgreement> agreements;
  for (const explore::StudyModel& model : description.models) {
    std::vector<double> analytic_latency;
    std::vector<double> analytic_energy;
    std::vector<double> simulated_latency;
    std::vector<double> simulated_energy;
    for (const Verification& one : verifications) {
      if (one.model != model.name) continue;
      analytic_latency.push_back(one.analytic_latency);
      analytic_energy.push_back(one.analytic_energy);
      simulated_latency.push_back(one.simulated_latency);
      simulated_energy.push_back(one.simulated_energy);
    }
    if (analytic_latency.empty()) continue;
    agreements.push_back({model.name, analytic_latency.size(),
                          agreement(analytic_latency, simulated_latency),
                          agreement(analytic_energy, simulated_energy)});
  }
  return agreements;
}

}  // namespace

StudyInsight insight_of(const explore::StudyStore& study, const StudyView& view) {
  const StudyDescription& description = study.description();
  StudyInsight insight;
  insight.concentrates = explore::find_search(description.search_method).concentrates;
  const double size = size_of(description);
  // Beyond, the share is nothing that anybody could tell.
  constexpr double kVast = 9e15;
  if (size < kVast) insight.sampled = static_cast<double>(view.counts.all()) / size;
  for (std::size_t i = 0; i < description.objectives.size(); ++i) {
    const std::vector<double> values = column(view, i);
    insight.importance.push_back(
        explore::importance(view.points, values, insight.sampled.value_or(0)));
    for (std::size_t j = i + 1; j < description.objectives.size(); ++j) {
      insight.pairs.push_back(
          {description.objectives[i], description.objectives[j],
           explore::spearman(values, column(view, j)),
           explore::spearman(column(view, view.front, i), column(view, view.front, j))});
    }
  }
  insight.agreement = agreements(study.verifications(), description);
  return insight;
}

}  // namespace mensa::cli
