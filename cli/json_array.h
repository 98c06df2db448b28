#pragma once

#include <nlohmann/json.hpp>

namespace mensa::cli {

/// What `convert` makes of each of `items`, in their order.
template <class Items, class Convert>
[[nodiscard]] nlohmann::ordered_json json_array(const Items& items, Convert convert) {
  auto array = nlohmann::ordered_json::array();
  for (const auto& item : items) array.push_back(convert(item));
  return array;
}

}  // namespace mensa::cli
