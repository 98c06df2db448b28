#include "scheduler/policies/option_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "models/base/error.h"

namespace mensa::scheduler {

double OptionReader::number(std::string_view name, double otherwise, double low, double high) {
  known_.emplace_back(name);
  const auto found = arguments_.options.find(std::string(name));
  if (found == arguments_.options.end()) return otherwise;
  const std::string& text = found->second;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() ||
      !(value >= low && value <= high)) {
    throw base::Error(fmt::format("policy {}: option {} is '{}'; it must be a number from {} to {}",
                                  policy_, name, text, low, high));
  }
  return value;
}

void OptionReader::finish(bool takes_target) const {
  if (!takes_target && !arguments_.target.empty()) {
    throw base::Error(
        fmt::format("policy {} takes no '{}'; its options are written as {}:key=value", policy_,
                    arguments_.target, policy_));
  }
  for (const auto& [name, value] : arguments_.options) {
    if (std::find(known_.begin(), known_.end(), name) == known_.end()) {
      throw base::Error(fmt::format("policy {}: {}", policy_,
                                    known_.empty()
                                        ? fmt::format("unknown option '{}'; it has none", name)
                                        : base::unknown_name_message("option", name, known_)));
    }
  }
}

}  // namespace mensa::scheduler
