#include "cli/compare/comparison.h"

#include <cmath>
#include <map>
#include <tuple>

namespace mensa::cli {
namespace {

/// The geometric mean of ratios, as they come.
class GeometricMean {
 public:
  /// Ratios that are not above 0 and finite, as those of models without work, have no logarithm;
  /// whoever adds one looks first.
  void add(double ratio) {
    logarithms_ += std::log(ratio);
    ++count_;
  }
  [[nodiscard]] std::optional<double> value() const {
    if (count_ == 0) return std::nullopt;
    return std::exp(logarithms_ / static_cast<double>(count_));
  }

 private:
  double logarithms_ = 0;
  std::size_t count_ = 0;
};

bool has_work(const ComparedFigures& figures) {
  return figures.latency_s > 0 && figures.energy_j > 0;
}

}  // namespace

std::optional<double> ComparedFigures::gap() const {
  if (!(bound > 0)) return std::nullopt;
  return analytic_value / bound - 1;
}

std::vector<ComparedMean> means_of(const Comparison& comparison) {
  std::map<std::tuple<std::string, std::string, std::string>, const ComparedFigures*> figures;
  for (const ComparedRow& row : comparison.rows) {
    if (!row.figures || !has_work(*row.figures)) continue;
    figures[{row.system, row.policy, row.model}] = &*row.figures;
  }
  std::vector<ComparedMean> means;
  for (const ComparedFile& system : comparison.systems) {
    for (const std::string& policy : comparison.policies) {
      ComparedMean mean{system.name, policy, 0, {}, {}, {}};
      GeometricMean latency;
      GeometricMean energy;
      GeometricMean edp;
      for (const ComparedFile& model : comparison.models) {
        const auto here = figures.find({system.name, policy, model.name});
        const auto first = figures.find(
            {comparison.systems.front().name, comparison.policies.front(), model.name});
        if (here == figures.end() || first == figures.end()) continue;
        latency.add(here->second->latency_s / first->second->latency_s);
        energy.add(here->second->energy_j / first->second->energy_j);
        edp.add(here->second->edp_js() / first->second->edp_js());
        ++mean.models;
      }
      mean.latency = latency.value();
      mean.energy = energy.value();
      mean.edp = edp.value();
      means.push_back(std::move(mean));
    }
  }
  return means;
}

}  // namespace mensa::cli
