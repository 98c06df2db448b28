#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "explore/space/space.h"

namespace mensa::explore {

/// A space of so many choices of each parameter and no system: for what never looks at one.
inline Space numbers_space(const std::vector<std::size_t>& sizes,
                           std::vector<Metric> objectives = {Metric::kLatency, Metric::kEnergy}) {
  Space space;
  space.name = "numbers";
  space.text = "none";
  space.identity = "none";
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    Parameter& parameter = space.parameters.emplace_back();
    parameter.name = "p" + std::to_string(i);
    parameter.choices.reserve(sizes[i]);
    for (std::size_t c = 0; c < sizes[i]; ++c) {
      parameter.choices.push_back({std::to_string(c), Value::of_number(static_cast<double>(c))});
    }
  }
  space.objectives = std::move(objectives);
  return space;
}

/// Where a choice lies among the others, 0 to 1.
inline double part_of(const Space& space, const Point& point, std::size_t parameter) {
  const std::size_t last = space.parameters[parameter].choices.size() - 1;
  return last == 0 ? 0 : static_cast<double>(point[parameter]) / static_cast<double>(last);
}

}  // namespace mensa::explore
