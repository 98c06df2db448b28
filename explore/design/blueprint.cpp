#include "explore/design/blueprint.h"

#include <bit>
#include <cmath>

namespace mensa::explore {
namespace {

/// The largest power of two up to `size`, which is at least 1.
std::int64_t power_below(std::int64_t size) {
  return static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(size)));
}

}  // namespace

std::int64_t next_size_up(std::int64_t size) {
  const std::int64_t power = power_below(size);
  // 1 has nothing between itself and 2.
  const std::int64_t between = power + power / 2;
  return size < between ? between : 2 * power;
}

std::int64_t next_size_down(std::int64_t size) {
  if (size <= 1) return 0;
  const std::int64_t power = power_below(size);
  const std::int64_t between = power + power / 2;
  if (size > between) return between;
  if (size > power) return power;
  return power == 2 ? 1 : power / 2 + power / 4;
}

std::int64_t lanes_for(std::int64_t pes) {
  constexpr double kLanesOfSide = 4;
  const double lanes = kLanesOfSide * std::sqrt(static_cast<double>(pes));
  return std::int64_t{1} << std::lround(std::log2(lanes));
}

}  // namespace mensa::explore
