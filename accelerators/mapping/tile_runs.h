#pragma once

#include <cstdint>
#include <vector>

namespace mensa::accelerators {

/// Consecutive tiles of one dimension that touch equally many positions: `times` of them, the first
/// at `begin`. Where tiles slide, the tile before is still in place and covers the last `overlap`
/// indices before `begin`.
struct Run {
  std::int64_t begin = 0;
  std::int64_t extent = 0;
  std::int64_t times = 1;
  std::int64_t overlap = 0;
};

/// Indices of a dimension between which nothing is clipped by padding, so that tiles there touch
/// equally many positions wherever they lie.
struct Unclipped {
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

/// Splits every run into tiles of `step`, those in the unclipped part gathered into one run.
/// `sliding` makes consecutive tiles of a run overlap.
[[nodiscard]] std::vector<Run> split(const std::vector<Run>& runs, std::int64_t step,
                                     Unclipped unclipped, bool sliding);

}  // namespace mensa::accelerators
