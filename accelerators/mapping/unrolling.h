#pragma once

#include <vector>

#include "accelerators/mapping/mapping.h"
#include "models/graph/problem_shape.h"

namespace mensa::accelerators {

/// One way to spread a nest over the PE array.
struct Unrolling {
  models::DimArray rows = models::kUnitDims;
  models::DimArray columns = models::kUnitDims;
  std::array<GroupUnroll, 2> groups;  ///< over the rows, over the columns
  /// Array passes of one MAC per PE that the whole nest takes.
  std::int64_t passes = 0;
};

/// Unrollings of the map space that fill the array well, fewest passes first, at most `limit` and
/// the one that uses a single PE. Each axis takes up to three dimensions, the first at any size,
/// the others as far as they fill the rest; or one group.
[[nodiscard]] std::vector<Unrolling> unrollings(const models::ProblemShape& shape,
                                                const Accelerator& accelerator, std::size_t limit);

}  // namespace mensa::accelerators
