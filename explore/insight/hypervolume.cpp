#include "explore/insight/hypervolume.h"

#include <algorithm>
#include <pagmo/utils/hypervolume.hpp>

namespace mensa::explore {

double hypervolume(const std::vector<ObjectiveVector>& points, const ObjectiveVector& reference) {
  std::vector<ObjectiveVector> better;
  for (const std::size_t position : pareto_front(points)) {
    const ObjectiveVector& point = points[position];
    const bool counts = std::equal(point.begin(), point.end(), reference.begin(),
                                   [](double value, double limit) { return value < limit; });
    if (counts) better.push_back(point);
  }
  if (better.empty()) return 0;
  // pagmo has it from two objectives on.
  if (reference.size() == 1) return reference.front() - better.front().front();
  return pagmo::hypervolume(better, false).compute(reference);
}

}  // namespace mensa::explore
