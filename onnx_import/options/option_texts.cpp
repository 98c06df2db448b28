#include "onnx_import/options/option_texts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>
#include <string_view>

#include "models/base/error.h"
#include "onnx_import/options/number_from.h"

namespace mensa::onnx_import {
namespace {

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(at);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

template <class Number>
std::optional<std::vector<Number>> numbers_from(const std::vector<std::string_view>& texts) {
  std::vector<Number> values;
  values.reserve(texts.size());
  for (const std::string_view text : texts) {
    const auto value = number_from<Number>(text);
    if (!value) return std::nullopt;
    values.push_back(*value);
  }
  return values;
}

}  // namespace

std::vector<std::int64_t> shape_from_text(const std::string& text) {
  const auto extents = numbers_from<std::int64_t>(split(text, 'x'));
  if (extents) {
    bool valid = true;
    for (const std::int64_t extent : *extents) valid = valid && extent >= 0;
    if (valid) return *extents;
  }
  throw base::Error(fmt::format("'{}' is no shape, as 1x3x640x640", text));
}

ConstantInput constant_from_text(const std::string& text) {
  const std::vector<std::string_view> texts = split(text, ',');
  if (auto integers = numbers_from<std::int64_t>(texts))
    return {std::nullopt, *std::move(integers)};
  if (auto floats = numbers_from<double>(texts)) return {std::nullopt, *std::move(floats)};
  throw base::Error(fmt::format("'{}' is no list of numbers, as 1,3,640,640", text));
}

std::string to_text(const ConstantInput& constant) {
  return std::visit([](const auto& values) { return fmt::format("{}", fmt::join(values, ",")); },
                    constant.values);
}

Branch branch_from_text(const std::string& text) {
  if (text == "then") return Branch::kThen;
  if (text == "else") return Branch::kElse;
  throw base::Error(base::unknown_name_message("branch", text, {"then", "else"}));
}

std::string to_text(Branch branch) { return branch == Branch::kThen ? "then" : "else"; }

std::string layer_pattern_from_text(const std::string& text) {
  check_layer_pattern(text);
  return text;
}

bool on_host_from_text(const std::string& text) {
  if (text == "host") return true;
  if (text == "error") return false;
  throw base::Error(
      base::unknown_name_message("way with unsupported nodes", text, {"error", "host"}));
}

std::string on_host_to_text(bool on_host) { return on_host ? "host" : "error"; }

}  // namespace mensa::onnx_import
