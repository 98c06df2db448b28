#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "explore/evaluation/evaluator.h"

namespace mensa::explore {

/// What a look at some points says of a space before it is explored.
struct Outlook {
  std::uint64_t tried = 0;     ///< points of which the system was judged
  std::uint64_t rejected = 0;  ///< of these, without looking at models
  Point accepted;              ///< one that was not
};

/// Judges the systems of random points, or of all where there are few, until one is accepted.
/// Throws base::Error naming what rejects most where none of them is.
[[nodiscard]] Outlook look_at(const Evaluator& evaluator);

/// Points that look_at() tries at the most.
inline constexpr std::uint64_t kMostTries = 2000;

/// Seconds that a point takes, of a few points from `accepted` on: some of their mappings are
/// known by then, as later.
[[nodiscard]] double seconds_by_point(const Evaluator& evaluator, const Point& accepted);

}  // namespace mensa::explore
