#include "scheduler/exact/product_bound.h"

#include <algorithm>
#include <stdexcept>

namespace mensa::scheduler {
namespace {

/// Lines whose slopes differ by less have no crossing that rounding leaves anything of; the weaker
/// of them is left out, which leaves plans more room.
constexpr double kSameSlope = 1e-9;

double determinant(const WeightedBound& a, const WeightedBound& b) {
  return a.time * b.energy - b.time * a.energy;
}

bool same_slope(const WeightedBound& a, const WeightedBound& b) {
  return determinant(a, b) <= kSameSlope * (a.time * b.energy + b.time * a.energy);
}

/// Of two lines of one slope, the first leaves more room.
bool weaker(const WeightedBound& a, const WeightedBound& b) {
  return a.energy > 0 ? a.least * b.energy < b.least * a.energy
                      : a.least * b.time < b.least * a.time;
}

TimeAndEnergy crossing(const WeightedBound& a, const WeightedBound& b) {
  const double d = determinant(a, b);
  return {(a.least * b.energy - b.least * a.energy) / d, (a.time * b.least - b.time * a.least) / d};
}

bool holds(const WeightedBound& bound, const TimeAndEnergy& point) {
  return bound.time * point.seconds + bound.energy * point.picojoules >= bound.least;
}

/// Those that the polygon has as its edges, by falling weight of time.
std::vector<WeightedBound> edges(std::vector<WeightedBound> bounds) {
  std::stable_sort(bounds.begin(), bounds.end(), [](const auto& a, const auto& b) {
    return a.time * b.energy > b.time * a.energy;
  });
  std::vector<WeightedBound> found;
  for (const WeightedBound& bound : bounds) {
    if (!found.empty() && same_slope(found.back(), bound)) {
      if (!weaker(found.back(), bound)) continue;
      found.pop_back();
    }
    while (found.size() >= 2 && holds(found.back(), crossing(found[found.size() - 2], bound))) {
      found.pop_back();
    }
    found.push_back(bound);
  }
  return found;
}

}  // namespace

TimeAndEnergy least_product(std::vector<WeightedBound> bounds) {
  const std::vector<WeightedBound> lines = edges(std::move(bounds));
  if (lines.size() < 2 || lines.front().energy != 0 || lines.back().time != 0) {
    throw std::logic_error("no bounds on time and energy alone");
  }
  TimeAndEnergy least = crossing(lines[0], lines[1]);
  for (std::size_t i = 2; i < lines.size(); ++i) {
    const TimeAndEnergy corner = crossing(lines[i - 1], lines[i]);
    if (corner.product() < least.product()) least = corner;
  }
  return least;
}

}  // namespace mensa::scheduler
