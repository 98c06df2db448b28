#include "accelerators/spec/uncertain_figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include "models/base/error.h"

namespace mensa::accelerators {

using base::YamlNode;

namespace {

constexpr std::string_view kTechnology = "technology.";

struct ValueAndUnit {
  double value = 0;
  std::string unit;
};

ValueAndUnit parse(const YamlNode& node, const std::string& path) {
  const std::string& text = node.scalar();
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, failed] = std::from_chars(text.data(), end, value);
  if (node.kind() != YamlNode::Kind::kScalar || failed != std::errc()) {
    throw base::Error(node.where(), path, fmt::format("'{}' is no figure", text));
  }
  std::string unit(stop, end);
  unit.erase(0, unit.find_first_not_of(' ') == std::string::npos ? unit.size()
                                                                 : unit.find_first_not_of(' '));
  return {value, unit};
}

std::string text_of(const YamlNode& map, std::string_view key) {
  const YamlNode* const found = map.find(key);
  return found == nullptr ? std::string() : found->scalar();
}

std::optional<UncertainFigure> figure_at(const YamlNode& node, const std::string& path) {
  const YamlNode* const nominal = node.find("nominal");
  const YamlNode* const low = node.find("low");
  const YamlNode* const high = node.find("high");
  if (nominal == nullptr || (low == nullptr && high == nullptr)) return std::nullopt;
  if (nominal->kind() != YamlNode::Kind::kScalar) return std::nullopt;  // a name of the user's own
  const ValueAndUnit middle = parse(*nominal, path);
  const ValueAndUnit least = low == nullptr ? middle : parse(*low, path);
  const ValueAndUnit most = high == nullptr ? middle : parse(*high, path);
  if (least.unit != middle.unit || most.unit != middle.unit) {
    throw base::Error(node.where(), path,
                      "nominal, low and high have different units; give all three in one");
  }
  if (!(least.value >= 0 && least.value <= middle.value && middle.value <= most.value)) {
    throw base::Error(node.where(), path,
                      fmt::format("low {}, nominal {} and high {} do not ascend from 0",
                                  least.value, middle.value, most.value));
  }
  if (least.value == most.value) return std::nullopt;
  return UncertainFigure{path,
                         middle.value,
                         least.value,
                         most.value,
                         middle.unit,
                         text_of(node, "source"),
                         text_of(node, "grade")};
}

void collect(const YamlNode& node, const std::string& path, std::vector<UncertainFigure>& figures) {
  const auto below = [&](const std::string& step) {
    return path.empty() ? step : path + "." + step;
  };
  if (node.kind() == YamlNode::Kind::kMap) {
    if (auto figure = figure_at(node, path)) {
      figures.push_back(*std::move(figure));
      return;
    }
    for (const auto& [key, value] : node.entries()) collect(value, below(key), figures);
  } else if (node.kind() == YamlNode::Kind::kSequence) {
    for (std::size_t i = 0; i < node.items().size(); ++i) {
      collect(node.items()[i], below(std::to_string(i)), figures);
    }
  }
}

std::string name_of(const UncertainFigure& figure, const std::string& technology) {
  if (figure.path.starts_with(kTechnology)) {
    return fmt::format("{}.{}", technology, figure.path.substr(kTechnology.size()));
  }
  return fmt::format("{} {}/{}/{}", figure.path.substr(figure.path.rfind('.') + 1), figure.low,
                     figure.nominal, figure.text(figure.high));
}

}  // namespace

std::string UncertainFigure::text(double value) const {
  return unit.empty() ? fmt::format("{}", value) : fmt::format("{} {}", value, unit);
}

double UncertainFigure::at(double position) const {
  const bool below = position < 0.5;
  const double from = below ? low : nominal;
  const double to = below ? nominal : high;
  const double share = below ? 2 * position : 2 * position - 1;
  const double value = from > 0 ? from * std::pow(to / from, share) : from + (to - from) * share;
  return std::clamp(value, from, to);  // rounding may lead out
}

std::vector<UncertainFigure> uncertain_figures(const YamlNode& resolved) {
  std::vector<UncertainFigure> figures;
  collect(resolved, "", figures);
  return figures;
}

void UncertainConstant::set(YamlNode& resolved, double value) const {
  for (const std::string& place : places) resolved.set(place + ".nominal", figure.text(value));
}

std::vector<UncertainConstant> uncertain_constants(const YamlNode& resolved) {
  const YamlNode* const technology = resolved.find("technology");
  const std::string technology_name = technology == nullptr ? "" : text_of(*technology, "name");
  std::vector<UncertainConstant> constants;
  std::map<std::string, std::size_t> known;
  for (const UncertainFigure& figure : uncertain_figures(resolved)) {
    const std::string name = name_of(figure, technology_name);
    const auto [entry, is_new] = known.try_emplace(name, constants.size());
    if (is_new) constants.push_back({name, figure, {}});
    constants[entry->second].places.push_back(figure.path);
  }
  return constants;
}

}  // namespace mensa::accelerators
