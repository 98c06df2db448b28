#pragma once

#include <optional>
#include <vector>

#include "explore/evaluation/point_result.h"

namespace mensa::explore {

/// What one objective owes to each parameter.
struct Importance {
  /// By parameter, 0 to 1: the share of the objective's variance that goes with this parameter
  /// alone. None where there are too few points to tell: no two with the same value of it.
  std::vector<std::optional<double>> shares;
  /// 1 less the sum of the shares: interactions of parameters. Where parameters go together in the
  /// points, it is wrong by what they share, and may be negative.
  double remainder = 0;
};

/// First-order indices, Var(E[y | x_i]) / Var(y), of points with their values y: the correlation
/// ratio, SSB / SST, less what chance alone gives to k groups, (k - 1) MSW / SST, which makes it
/// Kelley's epsilon squared ("An unbiased correlation ratio measure", PNAS 21, 1935), and not below
/// 0. `sampled` is the share of the space that the points are all of, 0 where it is not known:
/// chance has no part in what was not drawn, so that the correction shrinks to nothing at 1 (the
/// finite population's).
///
/// Of points of a whole grid, or drawn evenly, the indices are those of the space; of others they
/// describe these points. All 0 where y does not vary. All points have the same length.
[[nodiscard]] Importance importance(const std::vector<Point>& points,
                                    const std::vector<double>& values, double sampled = 0);

}  // namespace mensa::explore
