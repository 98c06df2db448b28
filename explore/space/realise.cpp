#include "explore/space/realise.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "accelerators/spec/loader.h"

namespace mensa::explore {
namespace {

using base::YamlNode;

constexpr std::string_view kAccelerators = "accelerators.";

/// The accelerator that a path leads into; empty where it leads elsewhere.
std::string_view accelerator_of(std::string_view path) {
  if (!path.starts_with(kAccelerators)) return {};
  path.remove_prefix(kAccelerators.size());
  return path.substr(0, path.find('.'));
}

/// How many there are of each that is counted.
using Counts = std::vector<std::pair<std::string_view, std::uint64_t>>;

Counts counts_of(const Space& space, const Point& point) {
  Counts counts;
  for (std::size_t i = 0; i < space.parameters.size(); ++i) {
    const std::string& counted = space.parameters[i].counted_accelerator;
    if (counted.empty()) continue;
    counts.emplace_back(counted, static_cast<std::uint64_t>(space.choice(point, i).value.number));
  }
  return counts;
}

bool is_absent(const Counts& counts, std::string_view path) {
  const std::string_view accelerator = accelerator_of(path);
  return !accelerator.empty() && std::any_of(counts.begin(), counts.end(), [&](const auto& entry) {
    return entry.first == accelerator && entry.second == 0;
  });
}

void apply_counts(const Counts& counts, YamlNode& system) {
  YamlNode& accelerators = *system.find("accelerators");
  for (const auto& [name, count] : counts) {
    if (count == 0) {
      accelerators.erase(name);
      continue;
    }
    const YamlNode original = *accelerators.find(name);
    for (std::uint64_t i = 2; i <= count; ++i) {
      accelerators.put(fmt::format("{}_{}", name, i), original);
    }
  }
}

}  // namespace

std::optional<Value> parameter_value(const Space& space, const Point& point,
                                     const std::string& name) {
  if (const auto position = space.find_parameter(name)) return space.choice(point, *position).value;
  const std::size_t dot = name.rfind('.');
  if (dot == std::string::npos) return std::nullopt;
  const auto position = space.find_parameter(name.substr(0, dot));
  if (!position) return std::nullopt;
  const Value& value = space.choice(point, *position).value;
  if (value.kind != Value::Kind::kExtent) return std::nullopt;
  const std::string_view part = std::string_view(name).substr(dot + 1);
  if (part == "rows") return Value::of_number(value.rows);
  if (part == "columns") return Value::of_number(value.columns);
  if (part == "pes") return Value::of_number(value.rows * value.columns);
  return std::nullopt;
}

YamlNode realise(const Space& space, const Point& point) {
  YamlNode system = space.system;
  const Counts counts = counts_of(space, point);
  for (std::size_t i = 0; i < space.parameters.size(); ++i) {
    for (const std::string& path : space.parameters[i].paths) {
      if (is_absent(counts, path)) continue;
      accelerators::override_value(system, path, space.choice(point, i).text);
    }
  }
  for (const Link& link : space.links) {
    if (is_absent(counts, link.path)) continue;
    const Value value = link.value.evaluate([&](const std::string& name) {
      return *parameter_value(space, point, name);  // read_space() has looked for all of them
    });
    accelerators::override_value(system, link.path, value.to_yaml());
  }
  apply_counts(counts, system);
  return system;
}

}  // namespace mensa::explore
