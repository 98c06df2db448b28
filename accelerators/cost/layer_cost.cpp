#include "accelerators/cost/layer_cost.h"

#include <algorithm>
#include <array>

#include "models/base/conversions.h"
#include "models/base/words.h"

namespace mensa::accelerators {
namespace {

constexpr base::Words<Bound, 4> kBounds("bound", {"compute", "memory", "network", "latency"});
constexpr base::Words<Objective, 3> kObjectives("objective", {"latency", "energy", "edp"});

template <class Combine>
DramTraffic by_kind(const DramTraffic& a, const DramTraffic& b, Combine&& combine) {
  return {combine(a.parameter_read, b.parameter_read),
          combine(a.activation_read, b.activation_read),
          combine(a.partial_sum_read, b.partial_sum_read),
          combine(a.partial_sum_write, b.partial_sum_write),
          combine(a.activation_write, b.activation_write)};
}

}  // namespace

EnergyBreakdown& EnergyBreakdown::operator+=(const EnergyBreakdown& other) {
  mac += other.mac;
  register_file += other.register_file;
  buffer += other.buffer;
  network += other.network;
  dram += other.dram;
  static_energy += other.static_energy;
  host += other.host;
  return *this;
}

EnergyBreakdown EnergyBreakdown::times(double factor) const {
  return {mac * factor,  register_file * factor, buffer * factor, network * factor,
          dram * factor, static_energy * factor, host * factor};
}

std::string_view to_string(Bound bound) { return kBounds.of(bound); }

DramTraffic& DramTraffic::operator+=(const DramTraffic& other) {
  parameter_read += other.parameter_read;
  activation_read += other.activation_read;
  partial_sum_read += other.partial_sum_read;
  partial_sum_write += other.partial_sum_write;
  activation_write += other.activation_write;
  return *this;
}

DramTraffic DramTraffic::at_most(const DramTraffic& other) const {
  return by_kind(*this, other, [](base::Bytes a, base::Bytes b) { return std::min(a, b); });
}

DramTraffic DramTraffic::at_least(const DramTraffic& other) const {
  return by_kind(*this, other, [](base::Bytes a, base::Bytes b) { return std::max(a, b); });
}

DramTraffic DramTraffic::less(const DramTraffic& other) const {
  return by_kind(*this, other, [](base::Bytes a, base::Bytes b) { return a - b; });
}

DramTraffic DramTraffic::divided_by(std::int64_t divisor) const {
  return by_kind(*this, *this, [&](base::Bytes a, base::Bytes /*same*/) { return a / divisor; });
}

DramTraffic DramTraffic::times(std::int64_t factor) const {
  return {parameter_read * factor, activation_read * factor, partial_sum_read * factor,
          partial_sum_write * factor, activation_write * factor};
}

std::string_view to_string(Objective objective) { return kObjectives.of(objective); }

Objective objective_from_string(std::string_view name) { return kObjectives.value_of(name); }

double score(Objective objective, base::Seconds time, base::Picojoules energy) {
  switch (objective) {
    case Objective::kLatency:
      return time.value();
    case Objective::kEnergy:
      return energy.value();
    case Objective::kEdp:
      return time.value() * energy.value();
  }
  return 0;
}

double score_in_si(Objective objective, double score) {
  return objective == Objective::kLatency ? score : score * base::kJoulesPerPicojoule;
}

}  // namespace mensa::accelerators
