#include "explore/design/merit.h"

#include <cmath>
#include <numeric>

namespace mensa::explore {

using accelerators::Objective;

Merit::Merit(Objective objective, std::vector<double> weights)
    : objective_(objective), weights_(std::move(weights)) {
  const double sum = std::accumulate(weights_.begin(), weights_.end(), 0.0);
  for (double& weight : weights_) weight /= sum;
}

double Merit::of(const TimeEnergy& cost) const {
  switch (objective_) {
    case Objective::kLatency:
      return std::log(cost.time);
    case Objective::kEnergy:
      return std::log(cost.energy);
    case Objective::kEdp:
      return std::log(cost.time * cost.energy);
  }
  return 0;
}

double Merit::of(const std::vector<TimeEnergy>& costs) const {
  double sum = 0;
  for (std::size_t m = 0; m < costs.size(); ++m) sum += weights_[m] * of(costs[m]);
  return sum;
}

double Merit::change(const TimeEnergy& now, const TimeEnergy& by, double weight) const {
  const double slower = by.time / now.time;
  const double dearer = by.energy / now.energy;
  switch (objective_) {
    case Objective::kLatency:
      return weight * slower;
    case Objective::kEnergy:
      return weight * dearer;
    case Objective::kEdp:
      return weight * (slower + dearer);
  }
  return 0;
}

double worse_by(double merit, double than) { return std::expm1(merit - than); }

}  // namespace mensa::explore
