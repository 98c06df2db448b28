#include "explore/space/choices_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>
#include <string>
#include <utility>

#include "accelerators/spec/reader_tools.h"

namespace mensa::explore {
namespace {

using base::YamlMap;
using base::YamlValue;

/// Both ends of a range, which count: a whole number of bytes stays one.
struct Ends {
  double from = 0;
  double to = 0;
  Dimension dimension;
  bool whole = false;  ///< both ends are, and what is between is rounded to whole ones
};

Value read_number(const YamlValue& value) {
  Value number = Value::from_yaml(value.string());
  if (number.kind != Value::Kind::kNumber) {
    throw value.error(fmt::format("'{}' is no number, with or without a unit", value.string()));
  }
  return number;
}

Ends read_ends(const YamlValue& from, const YamlValue& to) {
  const Value first = read_number(from);
  const Value last = read_number(to);
  if (!first.is_like(last)) {
    throw to.error(
        fmt::format("'{}' has not the unit of 'from', '{}'", to.string(), from.string()));
  }
  if (last.number < first.number) {
    throw to.error(
        fmt::format("the range is empty: '{}' is below 'from', '{}'", to.string(), from.string()));
  }
  const bool counts = first.dimension == dimensions::kBytes || first.dimension.is_plain();
  return {
      first.number, last.number, first.dimension,
      counts && first.number == std::floor(first.number) && last.number == std::floor(last.number)};
}

/// Without the last digits, which are of rounding: 3 * 0.1 is 0.3, and not 0.30000000000000004.
double without_noise(double number) {
  const std::string text = fmt::format("{:.12g}", number);
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

/// A number between the ends, or one of them as it is. The text is what counts: of a few energies
/// files cannot say the last digit.
Choice choice_of(const YamlValue& range, double number, const Ends& ends) {
  const bool is_end = number == ends.from || number == ends.to;
  const double between = ends.whole ? std::round(number) : without_noise(number);
  const double within = is_end ? number : std::min(between, ends.to);
  std::string text = accelerators::located(
      range, [&] { return Value::of_number(within, ends.dimension).to_yaml(); });
  Value value = Value::from_yaml(text);
  return {std::move(text), std::move(value)};
}

/// Of equal ones the first.
void add_different(std::vector<Choice>& choices, Choice choice) {
  if (!choices.empty() && choices.back().value == choice.value) return;
  choices.push_back(std::move(choice));
}

void require_countable(const YamlValue& value, double count) {
  if (count <= static_cast<double>(kMostChoices)) return;
  throw value.error(
      fmt::format("the range has {:.3g} values; at most {} are taken", count, kMostChoices));
}

/// Of the way from the first of so many values to the last, 0 to 1; a single one is the first.
double part_of(std::int64_t position, std::int64_t values) {
  return values == 1 ? 0 : static_cast<double>(position) / static_cast<double>(values - 1);
}

std::vector<Choice> read_range(const YamlValue& value) {
  YamlMap map = value.map();
  const YamlValue from = map.required("from");
  const YamlValue to = map.required("to");
  const auto step = map.optional("step");
  const auto count = map.optional("count");
  map.finish();
  if (step.has_value() == count.has_value()) throw value.error("give either 'step' or 'count'");
  Ends ends = read_ends(from, to);
  std::vector<Choice> choices;
  if (count) {
    const std::int64_t values = count->integer(1, kMostChoices);
    // More plain numbers than there are whole ones are not meant to be whole; bytes have to be.
    const bool enough = static_cast<double>(values - 1) <= ends.to - ends.from;
    ends.whole = ends.whole && (enough || !ends.dimension.is_plain());
    for (std::int64_t i = 0; i < values; ++i) {
      const double part = part_of(i, values);
      const double number = part < 1 ? ends.from + (ends.to - ends.from) * part : ends.to;
      add_different(choices, choice_of(value, number, ends));
    }
    return choices;
  }
  const Value by = read_number(*step);
  if (!(by.dimension == ends.dimension)) {
    throw step->error(
        fmt::format("'{}' has not the unit of 'from', '{}'", step->string(), from.string()));
  }
  if (by.number <= 0) throw step->error("must be above 0");
  ends.whole = ends.whole && by.number == std::floor(by.number);
  constexpr double kRounding = 1e-9;  // a last step that binary fractions make too long
  const double steps = std::floor((ends.to - ends.from) / by.number + kRounding);
  require_countable(value, steps + 1);
  const auto values = static_cast<std::int64_t>(steps) + 1;
  for (std::int64_t i = 0; i < values; ++i) {
    const double number = ends.from + by.number * static_cast<double>(i);
    add_different(choices, choice_of(value, number, ends));
  }
  return choices;
}

std::vector<Choice> read_log_range(const YamlValue& value) {
  YamlMap map = value.map();
  const YamlValue from = map.required("from");
  const YamlValue to = map.required("to");
  const YamlValue count = map.required("count");
  map.finish();
  const Ends ends = read_ends(from, to);
  if (ends.from <= 0) throw from.error("must be above 0: the values have equal ratios");
  const std::int64_t values = count.integer(1, kMostChoices);
  std::vector<Choice> choices;
  for (std::int64_t i = 0; i < values; ++i) {
    const double part = part_of(i, values);
    const double number = part < 1 ? ends.from * std::pow(ends.to / ends.from, part) : ends.to;
    add_different(choices, choice_of(value, number, ends));
  }
  return choices;
}

std::vector<Choice> read_powers_of_two(const YamlValue& value) {
  YamlMap map = value.map();
  const YamlValue from = map.required("from");
  const YamlValue to = map.required("to");
  map.finish();
  const Ends ends = read_ends(from, to);
  if (ends.from <= 0) throw from.error("must be above 0: each value is twice the one before");
  std::vector<Choice> choices;
  const int doublings = std::ilogb(ends.to / ends.from);
  for (int i = 0; i <= doublings; ++i) {
    add_different(choices, choice_of(value, std::ldexp(ends.from, i), ends));
  }
  return choices;
}

std::vector<Choice> read_values(const YamlValue& value) {
  const std::vector<YamlValue> entries = value.sequence();
  if (entries.empty()) throw value.error("expected at least one value");
  require_countable(value, static_cast<double>(entries.size()));
  std::vector<Choice> choices;
  choices.reserve(entries.size());
  std::set<std::string> seen;
  for (const YamlValue& entry : entries) {
    Choice choice{entry.string(), Value::from_yaml(entry.string())};
    if (!choices.empty() && !choices.front().value.is_like(choice.value)) {
      throw entry.error(fmt::format("'{}' and '{}' are of different kinds or units", choice.text,
                                    choices.front().text));
    }
    if (!seen.insert(accelerators::located(entry, [&] { return choice.value.to_yaml(); })).second) {
      throw entry.error(fmt::format("'{}' stands twice", choice.text));
    }
    choices.push_back(std::move(choice));
  }
  return choices;
}

}  // namespace

ChoiceKeys::ChoiceKeys(YamlMap& map)
    : values(map.optional("values")),
      range(map.optional("range")),
      log_range(map.optional("log_range")),
      powers_of_two(map.optional("powers_of_two")) {}

std::vector<Choice> ChoiceKeys::read(const YamlMap& map) const {
  const int given = static_cast<int>(values.has_value()) + static_cast<int>(range.has_value()) +
                    static_cast<int>(log_range.has_value()) +
                    static_cast<int>(powers_of_two.has_value());
  if (given != 1) {
    throw map.error("give one of 'values', 'range', 'log_range' and 'powers_of_two'");
  }
  if (values) return read_values(*values);
  if (range) return read_range(*range);
  if (log_range) return read_log_range(*log_range);
  return read_powers_of_two(*powers_of_two);
}

}  // namespace mensa::explore
