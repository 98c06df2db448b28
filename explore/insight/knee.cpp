#include "explore/insight/knee.h"

#include <algorithm>
#include <cmath>

namespace mensa::explore {

FrontBox box_of(const std::vector<ObjectiveVector>& front) {
  FrontBox box = {front.front(), front.front()};
  for (const ObjectiveVector& point : front) {
    for (std::size_t i = 0; i < point.size(); ++i) {
      box.ideal[i] = std::min(box.ideal[i], point[i]);
      box.nadir[i] = std::max(box.nadir[i], point[i]);
    }
  }
  return box;
}

double knee_distance(const ObjectiveVector& point, const FrontBox& box) {
  double distance = 0;
  for (std::size_t i = 0; i < point.size(); ++i) {
    const double range = box.nadir[i] - box.ideal[i];
    if (!(range > 0)) continue;
    // The logarithm of nothing at all is infinite: then all else is as far as can be.
    if (std::isinf(range)) {
      distance += point[i] == box.ideal[i] ? 0 : 1;
    } else {
      distance += (point[i] - box.ideal[i]) / range;
    }
  }
  return distance;
}

std::optional<std::size_t> knee_of(const std::vector<ObjectiveVector>& front) {
  if (front.empty()) return std::nullopt;
  const FrontBox box = box_of(front);
  const auto knee = std::min_element(front.begin(), front.end(),
                                     [&](const ObjectiveVector& a, const ObjectiveVector& b) {
                                       return knee_distance(a, box) < knee_distance(b, box);
                                     });
  return static_cast<std::size_t>(knee - front.begin());
}

}  // namespace mensa::explore
