#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "explore/insight/pareto.h"

namespace mensa::explore {

/// The box of a front: the best and the worst value of each objective on it.
struct FrontBox {
  ObjectiveVector ideal;
  ObjectiveVector nadir;
};
/// Of at least one point.
[[nodiscard]] FrontBox box_of(const std::vector<ObjectiveVector>& front);

/// Sum over the objectives of how far a point is from the ideal to the nadir point, 0 to 1 each on
/// the front. Objectives that are the same all over the front count nothing.
///
/// With two objectives the front's extremes are (0, 1) and (1, 0) in the box, and the sum less 1 is
/// the distance below the line between them, times sqrt(2): the least sum is the point where the
/// front bulges most, the knee of Das, "On characterizing the 'knee' of the Pareto curve based on
/// normal-boundary intersection" (Structural Optimization 18, 1999). Leaving it, one objective
/// wins less, in shares of its range, than the other loses. With more objectives the line is the
/// plane on which the sum is 1. Objectives that are logarithms make these shares those of factors.
[[nodiscard]] double knee_distance(const ObjectiveVector& point, const FrontBox& box);

/// Position of the point with the least knee_distance() by the front's own box, the first of
/// several; none where the front is empty.
[[nodiscard]] std::optional<std::size_t> knee_of(const std::vector<ObjectiveVector>& front);

}  // namespace mensa::explore
