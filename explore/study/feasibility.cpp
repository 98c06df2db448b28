#include "explore/study/feasibility.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "explore/search/positions.h"
#include "explore/search/random_source.h"
#include "models/base/error.h"

namespace mensa::explore {
namespace {

Point random_point(const Space& space, RandomSource& random) {
  Point point;
  point.reserve(space.parameters.size());
  for (const Parameter& parameter : space.parameters) {
    point.push_back(static_cast<std::uint32_t>(random.below(parameter.choices.size())));
  }
  return point;
}

/// What the points say that one thing rejects.
struct Rejections {
  std::uint64_t count = 0;
  std::string first;  ///< what the first one says
};

}  // namespace

Outlook look_at(const Evaluator& evaluator) {
  const Space& space = evaluator.space();
  const auto size = space.size();
  const bool has_few = size && *size <= kMostTries;
  const std::uint64_t tries = has_few ? *size : kMostTries;
  RandomSource random(space.search.seed);
  std::map<std::string, Rejections> causes;
  Outlook outlook;
  for (std::uint64_t i = 0; i < tries; ++i) {
    Point point = has_few ? point_at(space, i) : random_point(space, random);
    const PointResult result = evaluator.judge_system(point);
    ++outlook.tried;
    if (result.is_feasible()) {
      outlook.accepted = std::move(point);
      return outlook;
    }
    ++outlook.rejected;
    Rejections& same = causes[result.cause];
    if (++same.count == 1) same.first = result.reason;
  }
  const auto most = std::max_element(
      causes.begin(), causes.end(),
      [](const auto& a, const auto& b) { return a.second.count < b.second.count; });
  std::string others;
  for (const auto& [cause, rejections] : causes) {
    if (cause != most->first) others += fmt::format("; {} by '{}'", rejections.count, cause);
  }
  throw base::Error(fmt::format(
      "none of {} points {} meets the constraints: {} are rejected first by '{}'{} (one says: {}). "
      "Loosen that, or widen the parameters it speaks of",
      tries, has_few ? "of the space" : "tried", most->second.count, most->first, others,
      most->second.first));
}

double seconds_by_point(const Evaluator& evaluator, const Point& accepted) {
  constexpr int kTries = 4;
  const Space& space = evaluator.space();
  RandomSource random(space.search.seed + 1);
  static_cast<void>(evaluator.evaluate(accepted));  // of which no mapping is known
  double seconds = 0;
  for (int i = 0; i < kTries; ++i) {
    // A neighbour in one parameter: that is how searches move, and what is known helps it.
    Point point = accepted;
    const std::size_t moved = random.below(point.size());
    point[moved] = static_cast<std::uint32_t>(random.below(space.parameters[moved].choices.size()));
    seconds += evaluator.evaluate(point).seconds;
  }
  return seconds / kTries;
}

}  // namespace mensa::explore
