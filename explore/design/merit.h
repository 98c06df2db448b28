#pragma once

#include <vector>

#include "accelerators/cost/layer_cost.h"

namespace mensa::explore {

/// What one inference of a model, or a part of it, takes.
struct TimeEnergy {
  double time = 0;    ///< s
  double energy = 0;  ///< J

  TimeEnergy& operator+=(const TimeEnergy& other) {
    time += other.time;
    energy += other.energy;
    return *this;
  }
  bool operator==(const TimeEnergy&) const = default;
};

/// What designs are compared by: the geometric mean over the models, by their weights, of latency,
/// energy or their product. A mean of the values themselves would be decided by the largest models
/// alone; of ratios between two designs this one says the same whichever stands below.
class Merit {
 public:
  /// `weights`: by model, each above 0, at least one.
  Merit(accelerators::Objective objective, std::vector<double> weights);

  [[nodiscard]] accelerators::Objective objective() const { return objective_; }
  [[nodiscard]] const std::vector<double>& weights() const { return weights_; }  ///< sum: 1

  /// The natural logarithm of the mean; smaller is better. `costs`: by model, all energy in it.
  [[nodiscard]] double of(const std::vector<TimeEnergy>& costs) const;
  /// The same of one model, without its weight.
  [[nodiscard]] double of(const TimeEnergy& cost) const;
  /// The change of of() by a small change of one model's cost, to first order.
  [[nodiscard]] double change(const TimeEnergy& now, const TimeEnergy& by, double weight) const;

 private:
  accelerators::Objective objective_;
  std::vector<double> weights_;
};

/// By how much worse one figure of merit is than another, as a share: 0.02 is 2 %.
[[nodiscard]] double worse_by(double merit, double than);

}  // namespace mensa::explore
