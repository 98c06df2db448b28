#pragma once

#include <cstddef>
#include <vector>

#include "explore/insight/pareto.h"

namespace mensa::explore {

/// Positions of the best `count` points (all where there are fewer), the best first: those of the
/// front, then those of the front of the rest, and so on (points with equal vectors one front after
/// the other); within a front by knee_distance() in the box of the first front, then by position.
[[nodiscard]] std::vector<std::size_t> best_by_fronts(const std::vector<ObjectiveVector>& points,
                                                      std::size_t count);

/// Positions of the `count` lowest values, the lowest first, equal ones by position.
[[nodiscard]] std::vector<std::size_t> lowest(const std::vector<double>& values, std::size_t count);

}  // namespace mensa::explore
