#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "accelerators/spec/technology.h"
#include "models/base/error.h"
#include "models/base/yaml_reader.h"
#include "models/graph/problem_shape.h"

/// What the readers of this folder share. Every failing call throws base::Error at the value.
namespace mensa::accelerators {

/// What the key `schema` must say in each kind of file.
inline constexpr std::string_view kSystemSchema = "mensa-system/1";
inline constexpr std::string_view kAcceleratorSchema = "mensa-accelerator/1";
inline constexpr std::string_view kDataflowSchema = "mensa-dataflow/1";
inline constexpr std::string_view kTechnologySchema = "mensa-technology/1";
inline constexpr std::string_view kMemorySchema = "mensa-memory/1";

/// A memory's `timing` where it is to be ideal: for overriding one that a file names.
inline constexpr std::string_view kNoTiming = "none";

void check_schema(base::YamlMap& map, std::string_view expected);

/// Source and grade of a value that the user gave plainly, in a file or by an override.
inline constexpr std::string_view kUserSource = "given by user";
inline constexpr std::string_view kUserGrade = "-";

/// A grade: A, B, C, D, X, or "-" for a value of the user's own.
[[nodiscard]] std::string read_grade(const base::YamlValue& value);

/// Checks that `name`, a key of the user's own choice, can stand in a path: letters, digits, '_'
/// and
/// '-', beginning with a letter.
void check_name(const base::YamlValue& value, std::string_view name);

/// One of a few words. `what` names the kind in the error, which lists all words.
template <class T, std::size_t kCount>
T read_word(const base::YamlValue& value, std::string_view what,
            const std::array<std::pair<std::string_view, T>, kCount>& words) {
  const std::string name = value.string();
  std::vector<std::string> known;
  for (const auto& [word, meaning] : words) {
    if (word == name) return meaning;
    known.emplace_back(word);
  }
  throw value.error(base::unknown_name_message(what, name, known));
}

[[nodiscard]] models::MacOperand read_operand(const base::YamlValue& value);

/// Checks a `sources` map: each key is the dotted path of something in `owner`, each value has
/// source and grade. It grounds the plain values of `owner`, as capacities and clocks.
void check_sources(const base::YamlValue& owner, const std::optional<base::YamlValue>& sources);

/// What `read` returns; a base::Error it throws without a place gets the place of `value`.
template <class Read>
auto located(const base::YamlValue& value, Read read) {
  try {
    return read();
  } catch (const base::Error& error) {
    throw value.error(error.what());
  }
}

/// A figure, either a plain value (then given by the user) or a map {nominal, low, high, source,
/// grade} whose low and high default to nominal. `read` reads one plain value.
template <class Read>
auto read_sourced(const base::YamlValue& value, Read read) {
  using Q = decltype(read(value));
  Sourced<Q> figure;
  if (value.node().kind() != base::YamlNode::Kind::kMap) {
    figure.nominal = figure.low = figure.high = read(value);
    figure.source = kUserSource;
    figure.grade = kUserGrade;
    return figure;
  }
  base::YamlMap map = value.map();
  const base::YamlValue nominal = map.required("nominal");
  const auto low = map.optional("low");
  const auto high = map.optional("high");
  const base::YamlValue source = map.required("source");
  const base::YamlValue grade = map.required("grade");
  map.finish();
  figure.nominal = read(nominal);
  figure.low = low ? read(*low) : figure.nominal;
  figure.high = high ? read(*high) : figure.nominal;
  figure.source = source.string();
  figure.grade = read_grade(grade);
  if (figure.nominal < figure.low || figure.high < figure.nominal) {
    throw nominal.error(
        "the nominal value must lie between low and high (a plain value in place of the map stands "
        "for all three)");
  }
  return figure;
}

/// The nominal value of such a figure, where nobody asks for its ground later. For quantities that
/// may be uncertain: mappings and schedules do not depend on them for being possible.
template <class Read>
auto read_nominal(const base::YamlValue& value, Read read) {
  return read_sourced(value, read).nominal;
}

}  // namespace mensa::accelerators
