#pragma once

#include <vector>

#include "explore/insight/pareto.h"

namespace mensa::explore {

/// Volume of what points dominate up to a reference point: how much a front has gained, in units
/// that are the product of the objectives' (of logarithms plain numbers). Points that are not
/// better than the reference point in every objective add nothing. The reference point and what is
/// better than it are finite. Exact; slow for many points with more than three objectives.
[[nodiscard]] double hypervolume(const std::vector<ObjectiveVector>& points,
                                 const ObjectiveVector& reference);

}  // namespace mensa::explore
