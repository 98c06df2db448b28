#include "accelerators/spec/uncertain_figures.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <optional>
#include <tuple>
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

/// What tells constants apart: within a technology the path, else the last key and the values.
using Identity = std::tuple<std::string, double, double, double, std::string>;

Identity identity_of(const UncertainFigure& figure, const std::string& technology) {
  const bool of_technology = figure.path.starts_with(kTechnology);
  const std::string name = of_technology ? technology + "." + figure.path.substr(kTechnology.size())
                                         : figure.path.substr(figure.path.rfind('.') + 1);
  return {name, figure.nominal, figure.low, figure.high, figure.unit};
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
  return from > 0 ? from * std::pow(to / from, share) : from + (to - from) * share;
}

std::vector<UncertainFigure> uncertain_figures(const YamlNode& resolved) {
  std::vector<UncertainFigure> figures;
  collect(resolved, "", figures);
  return figures;
}

std::vector<UncertainConstant> uncertain_constants(const std::vector<const YamlNode*>& resolved) {
  std::vector<UncertainConstant> constants;
  std::vector<Identity> identities;
  for (std::size_t s = 0; s < resolved.size(); ++s) {
    const YamlNode* const technology = resolved[s]->find("technology");
    const std::string name = technology == nullptr ? "" : text_of(*technology, "name");
    for (UncertainFigure& figure : uncertain_figures(*resolved[s])) {
      const Identity identity = identity_of(figure, name);
      std::size_t c = 0;
      while (c < identities.size() && identities[c] != identity) ++c;
      if (c == identities.size()) {
        identities.push_back(identity);
        const bool of_technology = figure.path.starts_with(kTechnology);
        constants.push_back({of_technology ? std::get<0>(identity) : figure.path, figure, {}});
        constants.back().paths.resize(resolved.size());
      }
      constants[c].paths[s].push_back(figure.path);
    }
  }
  return constants;
}

}  // namespace mensa::accelerators
