#pragma once

#include <cmath>
#include <cstdint>
#include <systemc>

#include "models/base/units.h"

namespace mensa::sim {

/// The kernel's time resolution is left at its default of one picosecond; these are exact there.
[[nodiscard]] inline sc_core::sc_time from_ps(std::int64_t picoseconds) {
  return sc_core::sc_time::from_value(static_cast<sc_dt::uint64>(picoseconds));
}
[[nodiscard]] inline std::int64_t to_ps(const sc_core::sc_time& time) {
  return static_cast<std::int64_t>(time.value());
}
[[nodiscard]] inline std::int64_t to_ps(base::Seconds time) {
  constexpr double kPicosecondsPerSecond = 1e12;
  return static_cast<std::int64_t>(std::llround(time.value() * kPicosecondsPerSecond));
}
[[nodiscard]] inline base::Seconds from_ps_to_seconds(std::int64_t picoseconds) {
  constexpr double kSecondsPerPicosecond = 1e-12;
  return base::Seconds(static_cast<double>(picoseconds) * kSecondsPerPicosecond);
}
[[nodiscard]] inline std::int64_t now_ps() { return to_ps(sc_core::sc_time_stamp()); }

}  // namespace mensa::sim
