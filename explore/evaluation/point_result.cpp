#include "explore/evaluation/point_result.h"

#include <charconv>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "models/base/words.h"

namespace mensa::explore {
namespace {

constexpr base::Words<PointStatus, 3> kStatuses("status", {"feasible", "infeasible", "failed"});

}  // namespace

std::string key_of(const Point& point) {
  std::string key;
  for (const std::uint32_t choice : point) {
    if (!key.empty()) key += ',';
    key += std::to_string(choice);
  }
  return key;
}

Point point_of(std::string_view key) {
  Point point;
  while (!key.empty()) {
    std::uint32_t choice = 0;
    const auto [stop, failed] = std::from_chars(key.data(), key.data() + key.size(), choice);
    if (failed != std::errc()) throw std::invalid_argument("not the key of a point");
    point.push_back(choice);
    key.remove_prefix(static_cast<std::size_t>(stop - key.data()));
    if (key.empty()) break;
    if (key.front() != ',' || key.size() == 1)
      throw std::invalid_argument("not the key of a point");
    key.remove_prefix(1);
  }
  return point;
}

std::string_view to_string(PointStatus status) { return kStatuses.of(status); }

PointStatus point_status_from_string(std::string_view word) { return kStatuses.value_of(word); }

void to_json(nlohmann::json& json, const PointResult& result) {
  json = {{"status", to_string(result.status)},
          {"reason", result.reason},
          {"cause", result.cause},
          {"violation", result.violation},
          {"seconds", result.seconds}};
  nlohmann::json& metrics = json["metrics"] = nlohmann::json::array();
  for (const auto& value : result.metrics) {
    metrics.push_back(value ? nlohmann::json(*value) : nlohmann::json());
  }
  nlohmann::json& models = json["models"] = nlohmann::json::array();
  for (const ModelOutcome& model : result.models) {
    models.push_back({model.model, model.latency, model.energy, model.interval, model.dram_bytes,
                      model.misses_deadline});
  }
  nlohmann::json& accelerators = json["accelerators"] = nlohmann::json::array();
  for (const AcceleratorOutcome& one : result.accelerators) {
    accelerators.push_back({one.accelerator, one.area, one.leakage, one.pes, one.busy, one.layers,
                            one.macs, one.energy});
  }
}

void from_json(const nlohmann::json& json, PointResult& result) {
  result.status = point_status_from_string(json.at("status").get<std::string>());
  json.at("reason").get_to(result.reason);
  json.at("cause").get_to(result.cause);
  json.at("violation").get_to(result.violation);
  json.at("seconds").get_to(result.seconds);
  const nlohmann::json& metrics = json.at("metrics");
  for (std::size_t i = 0; i < kMetricCount; ++i) {
    const nlohmann::json& value = metrics.at(i);
    result.metrics[i] = value.is_null() ? std::nullopt : std::optional(value.get<double>());
  }
  result.models.clear();
  for (const nlohmann::json& model : json.at("models")) {
    result.models.push_back(
        {model.at(0), model.at(1), model.at(2), model.at(3), model.at(4), model.at(5)});
  }
  result.accelerators.clear();
  for (const nlohmann::json& one : json.at("accelerators")) {
    result.accelerators.push_back(
        {one.at(0), one.at(1), one.at(2), one.at(3), one.at(4), one.at(5), one.at(6), one.at(7)});
  }
}

}  // namespace mensa::explore
