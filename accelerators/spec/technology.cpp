#include "accelerators/spec/technology.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <set>
#include <tuple>

#include "models/base/error.h"

namespace mensa::accelerators {
namespace {

/// The two neighbours of a value in an ascending list, and where it lies between them in log space:
/// 0 at the lower, 1 at the upper, outside [0, 1] beyond the ends.
struct Bracket {
  std::size_t lower = 0;
  std::size_t upper = 0;
  double position = 0;
};

Bracket bracket(const std::vector<base::Bytes>& ascending, base::Bytes value) {
  if (ascending.size() == 1) return {};
  Bracket result;
  result.upper = 1;
  while (result.upper + 1 < ascending.size() && ascending[result.upper] < value) ++result.upper;
  result.lower = result.upper - 1;
  const base::Bytes low = ascending[result.lower];
  const base::Bytes high = ascending[result.upper];
  result.position = std::log(value.ratio(low)) / std::log(high.ratio(low));
  return result;
}

/// The power law through `low` at 0 and `high` at 1; exact at both. No power law goes through a
/// figure of 0: then a straight line, but not below 0.
double power_law(double low, double high, double position) {
  if (position == 0) return low;
  if (position == 1) return high;
  if (low == 0 || high == 0) return std::max(0.0, low + (high - low) * position);
  return low * std::pow(high / low, position);
}

template <class Q>
Q power_law(Q low, Q high, double position) {
  return Q(power_law(low.value(), high.value(), position));
}

SramPoint between(const SramPoint& low, const SramPoint& high, double position) {
  SramPoint point = low;
  point.cycle_time = power_law(low.cycle_time, high.cycle_time, position);
  point.read = power_law(low.read, high.read, position);
  point.write = power_law(low.write, high.write, position);
  point.leakage = power_law(low.leakage, high.leakage, position);
  point.area = power_law(low.area, high.area, position);
  return point;
}

/// A figure of the register file of that capacity: a power law between the entries, constant
/// outside of them.
template <class Q>
Q between(const std::vector<RegisterFigures>& entries, base::Bytes capacity,
          Sourced<Q> RegisterFigures::*figure) {
  assert(!entries.empty());
  const auto nominal = [figure](const RegisterFigures& entry) { return (entry.*figure).nominal; };
  if (capacity <= entries.front().capacity) return nominal(entries.front());
  const auto upper =
      std::find_if(entries.begin(), entries.end(),
                   [&](const RegisterFigures& entry) { return capacity <= entry.capacity; });
  if (upper == entries.end()) return nominal(entries.back());
  const auto lower = upper - 1;
  const double position =
      std::log(capacity.ratio(lower->capacity)) / std::log(upper->capacity.ratio(lower->capacity));
  return power_law(nominal(*lower), nominal(*upper), position);
}

/// Whether a multiplier made for one format takes numbers of another.
bool covers(NumberFormat made_for, NumberFormat wanted) {
  if (made_for.kind == wanted.kind) return made_for.bits >= wanted.bits;
  if (wanted.is_integer()) return made_for.multiplied_bits() >= wanted.bits;
  return made_for.kind == NumberKind::kFloat && wanted.kind == NumberKind::kBrainFloat &&
         made_for.bits >= wanted.bits;
}

}  // namespace

SramTable::SramTable(std::vector<SramPoint> points) : points_(std::move(points)) {
  std::set<base::Bytes> capacities;
  std::set<base::Bytes> widths;
  std::set<std::pair<base::Bytes, base::Bytes>> pairs;
  for (const SramPoint& point : points_) {
    capacities.insert(point.capacity);
    widths.insert(point.width);
    if (!pairs.emplace(point.width, point.capacity).second) {
      throw base::Error(fmt::format("the SRAM table has {} B with accesses of {} B twice",
                                    point.capacity.value(), point.width.value()));
    }
  }
  if (capacities.size() < 2 || pairs.size() != capacities.size() * widths.size()) {
    throw base::Error(
        "the SRAM table must hold at least two capacities, and all of them with every width");
  }
  capacities_.assign(capacities.begin(), capacities.end());
  widths_.assign(widths.begin(), widths.end());
  std::sort(points_.begin(), points_.end(), [](const SramPoint& a, const SramPoint& b) {
    return std::tie(a.width, a.capacity) < std::tie(b.width, b.capacity);
  });
}

SramPoint SramTable::at(base::Bytes capacity, base::Bytes width) const {
  assert(!points_.empty() && capacity.value() > 0 && width.value() > 0);
  const Bracket by_capacity = bracket(capacities_, capacity);
  const Bracket by_width = bracket(widths_, width);
  const auto of_width = [&](std::size_t index) {
    const std::size_t first = index * capacities_.size();
    return between(points_[first + by_capacity.lower], points_[first + by_capacity.upper],
                   by_capacity.position);
  };
  SramPoint point = between(of_width(by_width.lower), of_width(by_width.upper), by_width.position);
  point.capacity = capacity;
  point.width = width;
  return point;
}

bool SramTable::covers(base::Bytes capacity, base::Bytes width) const {
  return !points_.empty() && capacities_.front() <= capacity && capacity <= capacities_.back() &&
         widths_.front() <= width && width <= widths_.back();
}

base::Picojoules Technology::mac_energy(const FactorFormats& factors) const {
  const bool integers = factors.weights.is_integer() && factors.activations.is_integer();
  const MacEnergy* nearest = nullptr;
  for (const MacEnergy& entry : mac) {
    const bool of_integers = entry.weights.is_integer() && entry.activations.is_integer();
    if (of_integers != integers || !covers(entry.weights, factors.weights) ||
        !covers(entry.activations, factors.activations)) {
      continue;
    }
    const auto size = [](const MacEnergy& one) {
      return one.weights.multiplied_bits() * one.activations.multiplied_bits();
    };
    if (nearest == nullptr || size(entry) < size(*nearest)) nearest = &entry;
  }
  if (nearest == nullptr) {
    throw base::Error(fmt::format(
        "technology '{}' has no energy for MACs of {} weights and {} activations; add one to its "
        "'mac' list, or an 'energy' to the precision",
        name, factors.weights.to_string(), factors.activations.to_string()));
  }
  return nearest->energy.nominal;
}

base::Picojoules Technology::register_energy_per_byte(base::Bytes capacity) const {
  return between(registers, capacity, &RegisterFigures::energy_per_byte);
}

base::SquareMillimetres Technology::register_area_per_byte(base::Bytes capacity) const {
  return between(registers, capacity, &RegisterFigures::area_per_byte);
}

}  // namespace mensa::accelerators
