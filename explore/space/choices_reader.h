#pragma once

#include <optional>
#include <vector>

#include "explore/space/space.h"
#include "models/base/yaml_reader.h"

namespace mensa::explore {

/// Choices of a parameter at the most.
inline constexpr std::size_t kMostChoices = 100'000;

/// The ways in which a file says what a parameter may be; one of them is given.
///
///   values: [8x8, 16x16]                                  these
///   range: {from: 400 MHz, to: 1.2 GHz, step: 200 MHz}    or count: 5
///   log_range: {from: 1 GB/s, to: 64 GB/s, count: 7}      equal ratios
///   powers_of_two: {from: 16 KiB, to: 1 MiB}              from, 2 from, 4 from ... up to `to`
struct ChoiceKeys {
  explicit ChoiceKeys(base::YamlMap& map);

  std::optional<base::YamlValue> values;
  std::optional<base::YamlValue> range;
  std::optional<base::YamlValue> log_range;
  std::optional<base::YamlValue> powers_of_two;

  /// At least one, each once, all of one kind and unit. Throws base::Error with the place of a
  /// range that is empty, descends, or has more than kMostChoices.
  [[nodiscard]] std::vector<Choice> read(const base::YamlMap& map) const;
};

}  // namespace mensa::explore
