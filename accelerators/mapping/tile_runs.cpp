#include "accelerators/mapping/tile_runs.h"

#include <algorithm>

namespace mensa::accelerators {

std::vector<Run> split(const std::vector<Run>& runs, std::int64_t step, Unclipped unclipped,
                       bool sliding) {
  std::vector<Run> parts;
  for (const Run& run : runs) {
    const std::int64_t end = run.begin + run.extent;
    std::int64_t at = run.begin;
    while (at < end) {
      const std::int64_t before = sliding && at > run.begin ? step : 0;
      std::int64_t tiles = 1;
      if (at - before >= unclipped.begin && end - at >= step && (before > 0 || !sliding)) {
        tiles = std::max<std::int64_t>(1, (std::min(end, unclipped.end) - at) / step);
      }
      parts.push_back({at, std::min(step, end - at), run.times * tiles, before});
      at += tiles * step;
    }
  }
  return parts;
}

}  // namespace mensa::accelerators
