#include "explore/space/space.h"

#include <algorithm>
#include <limits>

namespace mensa::explore {

std::optional<std::uint64_t> Space::size() const {
  constexpr std::uint64_t kMost = std::uint64_t{1} << 63U;
  std::uint64_t size = 1;
  for (const Parameter& parameter : parameters) {
    const std::uint64_t choices = parameter.choices.size();
    if (size > kMost / choices) return std::nullopt;
    size *= choices;
  }
  return size;
}

std::optional<std::size_t> Space::find_parameter(std::string_view parameter) const {
  const auto found = std::find_if(parameters.begin(), parameters.end(),
                                  [&](const Parameter& one) { return one.name == parameter; });
  if (found == parameters.end()) return std::nullopt;
  return static_cast<std::size_t>(found - parameters.begin());
}

}  // namespace mensa::explore
