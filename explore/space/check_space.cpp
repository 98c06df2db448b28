#include "explore/space/check_space.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "accelerators/spec/loader.h"
#include "explore/search/random_source.h"
#include "explore/space/names.h"
#include "explore/space/realise.h"

namespace mensa::explore {
namespace {

using base::YamlNode;

/// Choices of one parameter that are tried: with more, this many of them.
constexpr std::size_t kMostTried = 512;
/// Points in which a choice gets another chance.
constexpr int kOtherPoints = 16;

base::Error error_of(const Parameter& parameter, std::string_view message) {
  return {parameter.where, "parameters." + parameter.name, message};
}

/// A value that read_system() does not take, where it says so of the value itself.
std::optional<std::string> own_fault(const std::string& path, const std::string& message) {
  const std::string place = fmt::format("--param {}", path);
  std::string rest = message.starts_with(place) ? message.substr(place.size()) : std::string();
  if (!rest.starts_with(':')) return std::nullopt;
  // "--param PATH: KEY: what is wrong", or without a key where the path itself is wrong
  for (const std::string& prefix : {std::string(": "), path + ": "}) {
    if (rest.starts_with(prefix)) rest.erase(0, prefix.size());
  }
  return rest;
}

/// What is wrong with a tree; empty: nothing.
std::string fault_of(const YamlNode& system) {
  try {
    static_cast<void>(accelerators::read_system(system));
    return {};
  } catch (const base::Error& error) {
    return error.what();
  }
}

/// The same of the base system with one value replaced.
std::string fault_alone(const Space& space, const std::string& path, const std::string& text) {
  YamlNode system = space.system;
  try {
    accelerators::override_value(system, path, text);
  } catch (const base::Error& error) {
    return error.what();
  }
  return fault_of(system);
}

/// A random one in which the accelerator that `path` leads into is there, where it may be.
Point random_point_with(const Space& space, std::string_view path, RandomSource& random) {
  Point point(space.parameters.size());
  for (std::size_t p = 0; p < point.size(); ++p) {
    const Parameter& parameter = space.parameters[p];
    const std::uint64_t choices = parameter.choices.size();
    std::uint64_t choice = random.below(choices);
    const bool is_its_count =
        !parameter.counted_accelerator.empty() &&
        path.starts_with(fmt::format("accelerators.{}.", parameter.counted_accelerator));
    for (std::uint64_t i = 0; is_its_count && i < choices; ++i) {
      if (parameter.choices[choice].value.number > 0) break;
      choice = (choice + 1) % choices;
    }
    point[p] = static_cast<std::uint32_t>(choice);
  }
  return point;
}

bool is_taken_elsewhere(const Space& space, const std::string& path, std::size_t parameter,
                        std::size_t choice) {
  RandomSource random(1);
  for (int i = 0; i < kOtherPoints; ++i) {
    Point point = random_point_with(space, path, random);
    point[parameter] = static_cast<std::uint32_t>(choice);
    try {
      if (fault_of(realise(space, point)).empty()) return true;
    } catch (const base::Error&) {
      continue;
    }
  }
  return false;
}

void check_choices(const Space& space, std::size_t position) {
  const Parameter& parameter = space.parameters[position];
  const std::size_t count = parameter.choices.size();
  const std::size_t tried = std::min(count, kMostTried);
  for (const std::string& path : parameter.paths) {
    for (std::size_t i = 0; i < tried; ++i) {
      const std::size_t choice = tried == 1 ? 0 : i * (count - 1) / (tried - 1);
      const std::string& text = parameter.choices[choice].text;
      const std::string fault = fault_alone(space, path, text);
      if (fault.empty()) continue;
      const auto own = own_fault(path, fault);
      if (!own || is_taken_elsewhere(space, path, position, choice)) continue;
      throw error_of(parameter, fmt::format("'{}' at '{}': {}", text, path, *own));
    }
  }
}

/// Whether setting `path` replaces what stands at `inner`.
bool replaces(std::string_view path, std::string_view inner) {
  constexpr std::string_view kUse = ".use";  // an accelerator as a whole, but for its place
  if (path.starts_with("accelerators.") && path.ends_with(kUse)) {
    if (inner.ends_with(".port")) return false;
    path.remove_suffix(kUse.size());
  }
  return inner.size() > path.size() && inner.starts_with(path) && inner[path.size()] == '.';
}

/// Every path once, and none after one inside it.
void check_paths(const Space& space) {
  std::map<std::string, std::string> set_by;
  const auto add = [&](const std::string& path, const std::string& by,
                       const base::SourceLocation& where, const std::string& key) {
    for (const auto& [earlier, what] : set_by) {
      if (!replaces(path, earlier)) continue;
      throw base::Error(where, key,
                        fmt::format("'{}' replaces '{}', which {} sets before; put this one first",
                                    path, earlier, what));
    }
    const auto [other, is_new] = set_by.emplace(path, by);
    if (!is_new) {
      throw base::Error(where, key, fmt::format("'{}' is set by {} already", path, other->second));
    }
    YamlNode system = space.system;
    try {
      system.set(path, "1");
    } catch (const base::Error& error) {
      const auto own = own_fault(path, error.what());
      throw base::Error(where, key, own ? *own : std::string(error.what()));
    }
  };
  for (const Parameter& parameter : space.parameters) {
    for (const std::string& path : parameter.paths) {
      add(path, fmt::format("the parameter '{}'", parameter.name), parameter.where,
          "parameters." + parameter.name);
    }
  }
  for (const Link& link : space.links) {
    add(link.path, "a link", link.where, "links." + link.path);
  }
}

void check_counts(const Space& space) {
  std::map<std::string, std::string> counted_by;
  for (const Parameter& parameter : space.parameters) {
    if (parameter.counted_accelerator.empty()) continue;
    const auto [other, is_new] = counted_by.emplace(parameter.counted_accelerator, parameter.name);
    if (!is_new) {
      throw error_of(parameter, fmt::format("'{}' is counted by the parameter '{}' already",
                                            parameter.counted_accelerator, other->second));
    }
    for (const Choice& choice : parameter.choices) {
      const auto count = static_cast<std::uint64_t>(choice.value.number);
      for (std::uint64_t i = 2; i <= count; ++i) {
        const std::string copy = fmt::format("{}_{}", parameter.counted_accelerator, i);
        if (space.system.find("accelerators")->find(copy) == nullptr) continue;
        throw error_of(parameter,
                       fmt::format("a copy would be named '{}', as another accelerator", copy));
      }
    }
  }
}

void check_names(const Space& space, const Expression& expression, bool with_metrics,
                 const base::SourceLocation& where, std::string_view key) {
  for (const std::string& name : expression.names()) {
    const auto known = resolve_name(space, name);
    if (known && (with_metrics || !known->metric)) continue;
    if (known) {
      throw base::Error(
          where, key,
          fmt::format("'{}' is known of points only; links see parameters alone", name));
    }
    throw base::Error(where, key,
                      base::unknown_name_message("name", name, known_names(space, with_metrics)));
  }
}

/// At the first point, with metrics that stand for all others: units and kinds do not depend on
/// them.
Value probe(const Space& space, const Expression& expression, double metric) {
  const Point first(space.parameters.size(), 0);
  return expression.evaluate([&](const std::string& name) {
    const auto meaning = resolve_name(space, name);
    if (!meaning->metric) return *parameter_value(space, first, name);
    return Value::of_number(metric, info(*meaning->metric).dimension);
  });
}

/// The same where the metric may be none that the expression takes, as 1 of "log2(pes - 1)".
Value probe_some(const Space& space, const Expression& expression) {
  constexpr std::array<double, 5> kOthers = {0.7, 3, 1e3, 1e9, 1e-6};
  try {
    return probe(space, expression, 1);
  } catch (const base::Error&) {
    for (const double metric : kOthers) {
      try {
        return probe(space, expression, metric);
      } catch (const base::Error&) {
        continue;
      }
    }
    throw;
  }
}

void check_link(const Space& space, const Link& link) {
  const std::string key = "links." + link.path;
  check_names(space, link.value, false, link.where, key);
  try {
    const Value value = probe(space, link.value, 1);
    static_cast<void>(value.to_yaml());
  } catch (const base::Error& error) {
    throw base::Error(link.where, key, error.what());
  }
}

/// Looks at what the link gives in its place, in a few points.
void check_link_in_place(const Space& space, const Link& link) {
  RandomSource random(1);
  std::string first_fault;
  for (int i = 0; i < kOtherPoints; ++i) {
    const Point point = random_point_with(space, link.path, random);
    try {
      const auto own = own_fault(link.path, fault_of(realise(space, point)));
      if (!own) return;
      if (first_fault.empty()) first_fault = *own;
    } catch (const base::Error&) {
      return;  // another link, or one point: evaluation rejects it
    }
  }
  throw base::Error(link.where, "links." + link.path, first_fault);
}

void check_constraint(const Space& space, Constraint& constraint) {
  const std::string key = "constraints";
  check_names(space, constraint.expression, true, constraint.where, key);
  for (const std::string& name : constraint.expression.names()) {
    const auto meaning = resolve_name(space, name);
    if (meaning->metric && !is_of_system(*meaning->metric)) constraint.needs_models = true;
  }
  try {
    const Value value = probe_some(space, constraint.expression);
    if (value.kind == Value::Kind::kTruth) return;
  } catch (const base::Error& error) {
    throw base::Error(constraint.where, key, error.what());
  }
  throw base::Error(constraint.where, key,
                    fmt::format("'{}' compares nothing; write as 'area <= 40 mm2'",
                                constraint.expression.text()));
}

/// Names of parameters and of what expressions know besides must differ.
void check_parameter_names(const Space& space) {
  const std::vector<std::string> metrics = metric_names();
  for (const Parameter& parameter : space.parameters) {
    if (std::find(metrics.begin(), metrics.end(), parameter.name) == metrics.end()) continue;
    throw error_of(parameter, "that is the name of a metric; take another one");
  }
}

}  // namespace

void check_space(Space& space) {
  check_parameter_names(space);
  check_counts(space);
  check_paths(space);
  for (const Link& link : space.links) check_link(space, link);
  for (std::size_t i = 0; i < space.parameters.size(); ++i) check_choices(space, i);
  for (const Link& link : space.links) check_link_in_place(space, link);
  for (Constraint& constraint : space.constraints) check_constraint(space, constraint);
}

}  // namespace mensa::explore
