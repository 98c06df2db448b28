#pragma once

#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>

namespace mensa::onnx_import {

/// The number that the whole text is; none where it is something else, or out of range.
template <class Number>
[[nodiscard]] std::optional<Number> number_from(std::string_view text) {
  Number value{};
  const char* const end = text.data() + text.size();
  const auto [stop, failed] = std::from_chars(text.data(), end, value);
  if (failed != std::errc() || stop != end) return std::nullopt;
  return value;
}

}  // namespace mensa::onnx_import
