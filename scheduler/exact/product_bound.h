#pragma once

#include <vector>

namespace mensa::scheduler {

/// What a second weighs and what a picojoule weighs, neither below 0 and not both 0, and what no
/// plan's weighted sum of time and energy is below.
struct WeightedBound {
  double time = 0;
  double energy = 0;
  double least = 0;
};

/// A point in the plane of time and energy.
struct TimeAndEnergy {
  double seconds = 0;
  double picojoules = 0;

  [[nodiscard]] double product() const { return seconds * picojoules; }
};

/// Where the polygon that the bounds leave to plans has its smallest product of time and energy: in
/// a corner, for along a line on which one falls while the other rises the product is concave. No
/// plan's product is below that of the corner.
///
/// The bounds must hold time and energy alone from below, by 0 or more: {1, 0, ..} and {0, 1, ..}
/// are among them. They need not be tight. Throws std::logic_error where these two are not there.
[[nodiscard]] TimeAndEnergy least_product(std::vector<WeightedBound> bounds);

}  // namespace mensa::scheduler
