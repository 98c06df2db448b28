#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <span>
#include <system_error>

#include "models/base/yaml_reader.h"

namespace mensa::base {
namespace {

/// A unit as a ratio, so that "60 ns" becomes 60 / 1e9, the nearest double to 60e-9.
struct Unit {
  std::string_view name;
  double times = 1;
  double per = 1;
};

struct UnitFamily {
  std::string_view what;
  std::string_view expected;  ///< with its article
  std::string_view example;
  std::span<const Unit> units;
};

constexpr double kKibi = 1024;
constexpr double kKilo = 1e3;
constexpr double kMega = 1e6;
constexpr double kGiga = 1e9;
constexpr double kTera = 1e12;

constexpr Unit kByteUnits[] = {
    {"B"},         {"KiB", kKibi}, {"MiB", kKibi* kKibi}, {"GiB", kKibi* kKibi* kKibi},
    {"kB", kKilo}, {"MB", kMega},  {"GB", kGiga}};
constexpr Unit kHertzUnits[] = {{"Hz"}, {"kHz", kKilo}, {"MHz", kMega}, {"GHz", kGiga}};
constexpr Unit kBandwidthUnits[] = {{"B/s"},         {"kB/s", kKilo},
                                    {"MB/s", kMega}, {"GB/s", kGiga},
                                    {"TB/s", kTera}, {"GiB/s", kKibi* kKibi* kKibi}};
constexpr Unit kSecondUnits[] = {
    {"s"}, {"ms", 1, kKilo}, {"us", 1, kMega}, {"ns", 1, kGiga}, {"ps", 1, kTera}};
constexpr Unit kEnergyUnits[] = {{"fJ", 1, kKilo}, {"pJ"}, {"nJ", kKilo}, {"uJ", kMega}};
constexpr Unit kPowerUnits[] = {{"W"}, {"mW", 1, kKilo}, {"uW", 1, kMega}, {"nW", 1, kGiga}};
constexpr Unit kAreaUnits[] = {{"mm2"}, {"um2", 1, kMega}};

constexpr UnitFamily kBytes{"size", "a size", "64 KiB", kByteUnits};
constexpr UnitFamily kHertz{"frequency", "a frequency", "1 GHz", kHertzUnits};
constexpr UnitFamily kBandwidth{"bandwidth", "a bandwidth", "32 GB/s", kBandwidthUnits};
constexpr UnitFamily kSeconds{"time", "a time", "100 ns", kSecondUnits};
constexpr UnitFamily kEnergy{"energy", "an energy", "0.2 pJ", kEnergyUnits};
constexpr UnitFamily kPower{"power", "a power", "5 uW", kPowerUnits};
constexpr UnitFamily kArea{"area", "an area", "600 um2", kAreaUnits};

std::string_view kind_name(YamlNode::Kind kind) {
  switch (kind) {
    case YamlNode::Kind::kNull:
      return "nothing";
    case YamlNode::Kind::kScalar:
      return "a plain value";
    case YamlNode::Kind::kSequence:
      return "a list";
    case YamlNode::Kind::kMap:
      return "a map";
  }
  return "";
}

const std::string& scalar_of(const YamlValue& value, std::string_view expected) {
  if (value.node().kind() != YamlNode::Kind::kScalar) {
    throw value.error(fmt::format("expected {}, got {}", expected, kind_name(value.node().kind())));
  }
  return value.node().scalar();
}

std::string unit_names(const UnitFamily& family) {
  std::vector<std::string_view> names;
  for (const Unit& unit : family.units) names.push_back(unit.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

/// The value in the family's base unit; finite and >= 0, > 0 unless `allow_zero`.
double quantity(const YamlValue& value, const UnitFamily& family, bool allow_zero) {
  const std::string& text =
      scalar_of(value, fmt::format("{} such as '{}'", family.expected, family.example));
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  if (parsed.ec == std::errc::result_out_of_range) {
    throw value.error(fmt::format("'{}' is out of range", text));
  }
  if (parsed.ec != std::errc() || !std::isfinite(number)) {
    throw value.error(fmt::format("'{}' is no {}; write a number and a unit, as '{}'", text,
                                  family.what, family.example));
  }
  std::string_view name(parsed.ptr, static_cast<std::size_t>(end - parsed.ptr));
  name.remove_prefix(std::min(name.find_first_not_of(' '), name.size()));
  if (name.empty()) {
    throw value.error(fmt::format("'{}' has no unit; add one of {}, as in '{}'", text,
                                  unit_names(family), family.example));
  }
  const auto unit = std::find_if(family.units.begin(), family.units.end(),
                                 [&](const Unit& one) { return one.name == name; });
  if (unit == family.units.end()) {
    throw value.error(fmt::format("'{}' is no unit of {} in '{}'; use one of {}", name, family.what,
                                  text, unit_names(family)));
  }
  const double result = number * unit->times / unit->per;
  if (!std::isfinite(result) || (result == 0) != (number == 0)) {
    throw value.error(fmt::format("'{}' is out of range", text));
  }
  if (result < 0) throw value.error(fmt::format("'{}' must not be negative", text));
  if (result == 0 && !allow_zero) throw value.error(fmt::format("'{}' must be above 0", text));
  return result;
}

/// All of `text` as an integer; none where it is something else. Out of range sets `overflow`.
std::optional<std::int64_t> whole_number(std::string_view text, bool& overflow) {
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  overflow = parsed.ec == std::errc::result_out_of_range && parsed.ptr == end;
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return number;
}

std::string child_path(const std::string& path, std::string_view step) {
  return path.empty() ? std::string(step) : fmt::format("{}.{}", path, step);
}

}  // namespace

Error YamlValue::error(std::string_view message) const {
  return Error(node_->where(), path_, message);
}

YamlMap YamlValue::map() const { return YamlMap(*this); }

std::vector<YamlValue> YamlValue::sequence() const {
  if (node_->kind() != YamlNode::Kind::kSequence) {
    throw error(fmt::format("expected a list, got {}", kind_name(node_->kind())));
  }
  std::vector<YamlValue> values;
  values.reserve(node_->items().size());
  for (const YamlNode& item : node_->items()) {
    values.emplace_back(item, child_path(path_, std::to_string(values.size())));
  }
  return values;
}

std::string YamlValue::string() const {
  const std::string& text = scalar_of(*this, "a text");
  if (text.empty()) throw error("expected a text, got an empty one");
  return text;
}

bool YamlValue::boolean() const {
  const std::string& text = scalar_of(*this, "true or false");
  if (text == "true") return true;
  if (text == "false") return false;
  throw error(fmt::format("expected true or false, got '{}'", text));
}

std::int64_t YamlValue::integer(std::int64_t low, std::int64_t high) const {
  const std::string& text = scalar_of(*this, "a whole number");
  bool overflow = false;
  const auto number = whole_number(text, overflow);
  if (!number && !overflow) throw error(fmt::format("'{}' is no whole number", text));
  if (overflow || *number < low || *number > high) {
    throw error(fmt::format("{} is out of range; expected {} to {}", text, low, high));
  }
  return *number;
}

double YamlValue::number(double low, double high) const {
  const std::string& text = scalar_of(*this, "a number");
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  const bool overflow = parsed.ec == std::errc::result_out_of_range;
  if (parsed.ptr != end || (parsed.ec != std::errc() && !overflow) || !std::isfinite(number)) {
    throw error(fmt::format("'{}' is no number", text));
  }
  if (overflow || number < low || number > high) {
    throw error(fmt::format("{} is out of range; expected {} to {}", text, low, high));
  }
  return number;
}

std::vector<std::string> YamlValue::strings() const {
  std::vector<std::string> texts;
  for (const YamlValue& value : sequence()) texts.push_back(value.string());
  return texts;
}

std::pair<std::int64_t, std::int64_t> YamlValue::extent_2d() const {
  const std::string& text = scalar_of(*this, "an extent such as '32x32'");
  const std::size_t cross = text.find('x');
  bool overflow = false;
  if (cross != std::string::npos) {
    const auto first = whole_number(std::string_view(text).substr(0, cross), overflow);
    const auto second = whole_number(std::string_view(text).substr(cross + 1), overflow);
    if (first && second && *first >= 1 && *second >= 1) return {*first, *second};
  }
  throw error(
      fmt::format("'{}' is no extent; write rows and columns of at least 1, as '32x32'", text));
}

Bytes YamlValue::bytes(bool allow_zero) const {
  const double number = quantity(*this, kBytes, allow_zero);
  constexpr double kMost = 0x1p53;  // every whole number up to here is exact in a double
  if (number > kMost) throw error(fmt::format("'{}' is out of range", node_->scalar()));
  const double whole = std::round(number);
  // "0.3 kB" is 300 B in spite of binary fractions; "0.3 B" is nothing.
  constexpr double kTolerance = 1e-9;
  if (std::abs(number - whole) > kTolerance * number) {
    throw error(fmt::format("'{}' is no whole number of bytes", node_->scalar()));
  }
  return Bytes(static_cast<std::int64_t>(whole));
}

Hertz YamlValue::hertz() const { return Hertz(quantity(*this, kHertz, false)); }

BytesPerSecond YamlValue::bandwidth() const {
  return BytesPerSecond(quantity(*this, kBandwidth, false));
}

Seconds YamlValue::seconds(bool allow_zero) const {
  return Seconds(quantity(*this, kSeconds, allow_zero));
}

Picojoules YamlValue::energy(bool allow_zero) const {
  return Picojoules(quantity(*this, kEnergy, allow_zero));
}

Watts YamlValue::power(bool allow_zero) const { return Watts(quantity(*this, kPower, allow_zero)); }

SquareMillimetres YamlValue::area(bool allow_zero) const {
  return SquareMillimetres(quantity(*this, kArea, allow_zero));
}

YamlMap::YamlMap(YamlValue value) : value_(std::move(value)) {
  if (value_.node().kind() != YamlNode::Kind::kMap) {
    throw value_.error(fmt::format("expected a map, got {}", kind_name(value_.node().kind())));
  }
}

std::optional<YamlValue> YamlMap::optional(std::string_view key) {
  asked_.emplace_back(key);
  const YamlNode* const node = value_.node().find(key);
  if (node == nullptr) return std::nullopt;
  return YamlValue(*node, child_path(value_.path(), key));
}

YamlValue YamlMap::required(std::string_view key) {
  if (auto value = optional(key)) return *value;
  std::vector<std::string> unread;  // a misspelt key is the likeliest reason
  for (const auto& entry : value_.node().entries()) {
    if (std::find(asked_.begin(), asked_.end(), entry.first) == asked_.end()) {
      unread.push_back(entry.first);
    }
  }
  const auto near = near_names(key, unread, 1);
  throw value_.error(near.empty() ? fmt::format("the key '{}' is missing", key)
                                  : fmt::format("the key '{}' is missing; is '{}' meant for it?",
                                                key, near.front()));
}

std::vector<std::pair<std::string, YamlValue>> YamlMap::all() {
  std::vector<std::pair<std::string, YamlValue>> values;
  for (const auto& [key, node] : value_.node().entries()) {
    asked_.push_back(key);
    values.emplace_back(key, YamlValue(node, child_path(value_.path(), key)));
  }
  return values;
}

void YamlMap::finish() const {
  constexpr std::size_t kMostReported = 10;
  std::vector<std::string> lines;
  for (const auto& [key, node] : value_.node().entries()) {
    if (std::find(asked_.begin(), asked_.end(), key) != asked_.end()) continue;
    if (lines.size() == kMostReported) {
      lines.emplace_back("and more");
      break;
    }
    lines.emplace_back(Error(node.key_where(), child_path(value_.path(), key),
                             unknown_name_message("key", key, asked_))
                           .what());
  }
  if (!lines.empty()) throw Error(fmt::format("{}", fmt::join(lines, "\n")));
}

}  // namespace mensa::base
