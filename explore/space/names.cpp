#include "explore/space/names.h"

#include <algorithm>

#include "explore/space/realise.h"

namespace mensa::explore {
namespace {

std::optional<Metric> find_metric(const std::string& name) {
  for (std::size_t i = 0; i < kMetricCount; ++i) {
    if (info(static_cast<Metric>(i)).name == name) return static_cast<Metric>(i);
  }
  return std::nullopt;
}

bool is_accelerator(const Space& space, const std::string& name) {
  return space.system.find("accelerators")->find(name) != nullptr;
}

bool is_model(const Space& space, const std::string& name) {
  return std::any_of(space.models.begin(), space.models.end(),
                     [&](const ExploredModel& model) { return model.name == name; });
}

bool has_one_for_each_accelerator(Metric metric) {
  return metric == Metric::kArea || metric == Metric::kPes || metric == Metric::kBuffers;
}

bool has_one_for_each_model(Metric metric) {
  return metric == Metric::kLatency || metric == Metric::kEnergy || metric == Metric::kEdp;
}

}  // namespace

std::optional<ConstraintName> resolve_name(const Space& space, const std::string& name) {
  const Point first(space.parameters.size(), 0);
  if (parameter_value(space, first, name)) return ConstraintName{};
  if (const auto metric = find_metric(name)) return ConstraintName{metric, {}};
  const std::size_t dot = name.find('.');
  if (dot == std::string::npos) return std::nullopt;
  const auto metric = find_metric(name.substr(0, dot));
  std::string of = name.substr(dot + 1);
  if (!metric) return std::nullopt;
  const bool known = (has_one_for_each_accelerator(*metric) && is_accelerator(space, of)) ||
                     (has_one_for_each_model(*metric) && is_model(space, of));
  if (!known) return std::nullopt;
  return ConstraintName{metric, std::move(of)};
}

std::vector<std::string> known_names(const Space& space, bool with_metrics) {
  std::vector<std::string> names;
  for (const Parameter& parameter : space.parameters) {
    names.push_back(parameter.name);
    if (parameter.choices.front().value.kind != Value::Kind::kExtent) continue;
    for (const char* const part : {".rows", ".columns", ".pes"})
      names.push_back(parameter.name + part);
  }
  if (!with_metrics) return names;
  for (const std::string& metric : metric_names()) names.push_back(metric);
  for (const auto& entry : space.system.find("accelerators")->entries()) {
    for (const char* const metric : {"area.", "pes.", "buffers."})
      names.push_back(metric + entry.first);
  }
  for (const ExploredModel& model : space.models) {
    for (const char* const metric : {"latency.", "energy.", "edp."})
      names.push_back(metric + model.name);
  }
  return names;
}

}  // namespace mensa::explore
