#include "explore/search/positions.h"

#include <algorithm>

namespace mensa::explore {

Point point_at(const Space& space, std::uint64_t position) {
  Point point(space.parameters.size());
  for (std::size_t i = point.size(); i-- > 0;) {
    const std::uint64_t choices = space.parameters[i].choices.size();
    point[i] = static_cast<std::uint32_t>(position % choices);
    position /= choices;
  }
  return point;
}

Point point_from_units(const Space& space, const std::vector<double>& units) {
  Point point(space.parameters.size());
  for (std::size_t i = 0; i < point.size(); ++i) {
    const std::size_t choices = space.parameters[i].choices.size();
    const auto choice = static_cast<std::size_t>(units[i] * static_cast<double>(choices));
    point[i] = static_cast<std::uint32_t>(std::min(choice, choices - 1));
  }
  return point;
}

}  // namespace mensa::explore
