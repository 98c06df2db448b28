#pragma once

#include <cstdint>
#include <vector>

#include "models/base/units.h"

namespace mensa::sim {

/// An interval in which a block ran, and the power it adds while it does (a power-gated
/// accelerator's leakage; 0 for one that leaks all the time).
struct ActiveInterval {
  std::int64_t start_ps = 0;
  std::int64_t end_ps = 0;
  base::Watts added_power;
};

/// Splits static energy among intervals without loss: at every moment the blocks at work share
/// `idle_power` evenly and pay what they add; moments when none works are paid by the interval that
/// starts next. Answers per interval, in the same order.
[[nodiscard]] std::vector<base::Picojoules> split_static_energy(
    const std::vector<ActiveInterval>& intervals, base::Watts idle_power);

}  // namespace mensa::sim
