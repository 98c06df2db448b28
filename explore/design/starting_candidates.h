#pragma once

#include <cstddef>
#include <vector>

#include "explore/design/budget.h"

namespace mensa::explore {

/// A place that no accelerator is put at, since another one is at least as good in everything.
struct DominatedPlace {
  std::size_t place = 0;
  std::size_t by = 0;
};

/// The places worth looking at. One is left out where another port of the same memory has no
/// limit, at least its bandwidth, and at most its latency and energy.
struct UsablePlaces {
  std::vector<std::size_t> places;
  std::vector<DominatedPlace> dominated;
};
[[nodiscard]] UsablePlaces usable_places(const Platform& platform);

/// The coarse grid that a search begins with: square arrays of the `sides` largest powers of two
/// that keep the budgets, each with every dataflow at every place, with buffers in proportion or as
/// far as they fit; and the largest of them that fit beside each of `weights`.
[[nodiscard]] std::vector<Blueprint> starting_candidates(const Platform& platform,
                                                         const Budget& budget,
                                                         const std::vector<std::size_t>& places,
                                                         std::size_t sides,
                                                         const std::vector<base::Bytes>& weights);

/// What a system that takes all of the area will draw whatever works, W: for choosing mappings
/// before there is a system.
[[nodiscard]] double likely_static_power(const Platform& platform, const Budget& budget);

}  // namespace mensa::explore
