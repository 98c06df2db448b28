#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace mensa::traces {

/// What `convert` makes of each of `items`, in their order.
template <class Items, class Convert>
[[nodiscard]] nlohmann::ordered_json json_array(const Items& items, Convert convert) {
  auto array = nlohmann::ordered_json::array();
  for (const auto& item : items) array.push_back(convert(item));
  return array;
}

template <class T>
[[nodiscard]] nlohmann::ordered_json or_null(const std::optional<T>& value) {
  return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json(nullptr);
}

/// An empty text is none.
[[nodiscard]] inline nlohmann::ordered_json text_or_null(const std::string& text) {
  return text.empty() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(text);
}

}  // namespace mensa::traces
