#include "scheduler/policies/option_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "models/base/error.h"

namespace mensa::scheduler {
namespace {

/// All of `text`, or nothing.
template <class Number>
std::optional<Number> number_from(const std::string& text) {
  Number value{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

}  // namespace

const std::string* OptionReader::find(std::string_view name) {
  if (std::find(known_.begin(), known_.end(), name) == known_.end()) known_.emplace_back(name);
  const auto found = arguments_.options.find(std::string(name));
  return found == arguments_.options.end() ? nullptr : &found->second;
}

bool OptionReader::has(std::string_view name) { return find(name) != nullptr; }

std::string OptionReader::text(std::string_view name, std::string_view otherwise) {
  const std::string* const given = find(name);
  return given == nullptr ? std::string(otherwise) : *given;
}

double OptionReader::number(std::string_view name, double otherwise, double low, double high) {
  const std::string* const given = find(name);
  if (given == nullptr) return otherwise;
  const auto value = number_from<double>(*given);
  if (!value || !(*value >= low && *value <= high)) {  // NaN is in no range
    throw base::Error(fmt::format("{} {}: option {} is '{}'; it must be a number from {} to {}",
                                  kind_, policy_, name, *given, low, high));
  }
  return *value;
}

std::int64_t OptionReader::integer(std::string_view name, std::int64_t otherwise, std::int64_t low,
                                   std::int64_t high) {
  const std::string* const given = find(name);
  if (given == nullptr) return otherwise;
  const auto value = number_from<std::int64_t>(*given);
  if (!value || *value < low || *value > high) {
    throw base::Error(fmt::format("{} {}: option {} is '{}'; it must be an integer from {} to {}",
                                  kind_, policy_, name, *given, low, high));
  }
  return *value;
}

void OptionReader::finish(bool takes_target) const {
  if (!takes_target && !arguments_.target.empty()) {
    throw base::Error(fmt::format("{} {} takes no '{}'; its options are written as {}:key=value",
                                  kind_, policy_, arguments_.target, policy_));
  }
  for (const auto& [name, value] : arguments_.options) {
    if (std::find(known_.begin(), known_.end(), name) == known_.end()) {
      throw base::Error(fmt::format("{} {}: {}", kind_, policy_,
                                    known_.empty()
                                        ? fmt::format("unknown option '{}'; it has none", name)
                                        : base::unknown_name_message("option", name, known_)));
    }
  }
}

}  // namespace mensa::scheduler
