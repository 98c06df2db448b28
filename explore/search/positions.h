#pragma once

#include <cstdint>

#include "explore/space/space.h"

namespace mensa::explore {

/// The point at a position of the grid, the last parameter fastest. `position` is below
/// Space::size().
[[nodiscard]] Point point_at(const Space& space, std::uint64_t position);

/// A point from numbers from 0 to below 1, one for each parameter.
[[nodiscard]] Point point_from_units(const Space& space, const std::vector<double>& units);

}  // namespace mensa::explore
