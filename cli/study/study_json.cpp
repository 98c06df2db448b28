#include "cli/study/study_json.h"

#include "models/base/version.h"
#include "traces/json_parts.h"

namespace mensa::cli {
namespace {

using explore::Metric;
using Json = nlohmann::ordered_json;

Json metric_units() {
  Json units = Json::object();
  for (const std::string& name : explore::metric_names()) {
    const Metric metric = explore::metric_from_string(name);
    units[name] = {{"unit", unit_of(metric)},
                   {"more_is_better", explore::info(metric).more_is_better}};
  }
  return units;
}

Json importance_json(const explore::StudyDescription& description, const StudyInsight& insight) {
  Json objectives = Json::array();
  for (std::size_t i = 0; i < insight.importance.size(); ++i) {
    const explore::Importance& importance = insight.importance[i];
    Json shares = Json::object();
    for (std::size_t p = 0; p < importance.shares.size(); ++p) {
      shares[description.parameters[p].name] = traces::or_null(importance.shares[p]);
    }
    objectives.push_back({{"objective", explore::info(description.objectives[i]).name},
                          {"shares", std::move(shares)},
                          {"remainder", importance.remainder}});
  }
  return {{"of", insight.concentrates ? "points" : "space"},
          {"sampled", traces::or_null(insight.sampled)},
          {"objectives", std::move(objectives)}};
}

Json agreement_json(const QuantityAgreement& agreement) {
  return {{"mean_ratio", agreement.mean_ratio},
          {"largest_difference", agreement.largest_difference},
          {"kendall", traces::or_null(agreement.rankings)}};
}

}  // namespace

Json study_json(const explore::StudyDescription& description) {
  Json identity = Json::object();
  for (const auto& [part, value] : description.identity) identity[part] = value;
  Json parameters = traces::json_array(
      description.parameters, [](const explore::StudyParameter& parameter) -> Json {
        return {{"name", parameter.name}, {"choices", parameter.choices}};
      });
  Json objectives = traces::json_array(description.objectives, [](const Metric objective) -> Json {
    return explore::info(objective).name;
  });
  Json models =
      traces::json_array(description.models, [](const explore::StudyModel& model) -> Json {
        return {{"name", model.name}, {"weight", model.weight}};
      });
  return {{"schema", "mensa-study/1"},
          {"mensa", base::kVersion},
          {"study",
           {{"space", description.space_name},
            {"system", description.system_name},
            {"search", description.search_method},
            {"identity", std::move(identity)},
            {"parameters", std::move(parameters)},
            {"constraints", description.constraints},
            {"models", std::move(models)},
            {"objectives", std::move(objectives)},
            {"metrics", metric_units()}}}};
}

Json point_json(const explore::StudyDescription& description, const explore::Entry& entry,
                bool with_seconds) {
  const explore::PointResult& result = entry.result;
  Json json = {{"number", entry.number}, {"status", explore::to_string(result.status)}};
  if (!result.is_feasible()) {
    json["cause"] = result.cause;
    json["reason"] = result.reason;
    json["violation"] = result.violation;
  }
  Json& parameters = json["parameters"] = Json::object();
  for (std::size_t i = 0; i < description.parameters.size(); ++i) {
    const explore::StudyParameter& parameter = description.parameters[i];
    parameters[parameter.name] = parameter.choices.at(entry.point.at(i));
  }
  Json& metrics = json["metrics"] = Json::object();
  for (const std::string& name : explore::metric_names()) {
    metrics[name] = traces::or_null(result.metric(explore::metric_from_string(name)));
  }
  json["models"] =
      traces::json_array(result.models, [](const explore::ModelOutcome& model) -> Json {
        return {{"name", model.model},
                {"latency_s", model.latency},
                {"energy_j", model.energy},
                {"interval_s", model.interval},
                {"dram_bytes", model.dram_bytes},
                {"misses_deadline", model.misses_deadline}};
      });
  json["accelerators"] =
      traces::json_array(result.accelerators, [](const explore::AcceleratorOutcome& one) -> Json {
        return {{"name", one.accelerator}, {"area_mm2", one.area},  {"leakage_w", one.leakage},
                {"pes", one.pes},          {"busy_s", one.busy},    {"layers", one.layers},
                {"macs", one.macs},        {"energy_j", one.energy}};
      });
  if (with_seconds) json["seconds"] = result.seconds;
  return json;
}

Json summary_json(const explore::StudyStore& study, const StudyView& view,
                  const StudyInsight& insight) {
  const explore::StudyDescription& description = study.description();
  Json causes = Json::object();
  for (const std::string& constraint : description.constraints) causes[constraint] = 0;
  for (const auto& [cause, points] : view.causes) causes[cause] = points;
  Json pairs = traces::json_array(insight.pairs, [](const ObjectivePair& pair) -> Json {
    return {{"first", explore::info(pair.first).name},
            {"second", explore::info(pair.second).name},
            {"spearman", traces::or_null(pair.everywhere)},
            {"spearman_on_front", traces::or_null(pair.on_front)}};
  });
  Json verification =
      traces::json_array(insight.agreement, [](const ModelAgreement& model) -> Json {
        return {{"model", model.model},
                {"points", model.points},
                {"latency", agreement_json(model.latency)},
                {"energy", agreement_json(model.energy)}};
      });
  Json runs = traces::json_array(study.runs(), [](const explore::StudyRun& run) -> Json {
    return {{"mensa", run.version}, {"points", run.points}, {"seconds", run.seconds}};
  });
  return {{"counts",
           {{"points", view.counts.all()},
            {"feasible", view.counts.feasible},
            {"infeasible", view.counts.infeasible},
            {"failed", view.counts.failed}}},
          {"causes", std::move(causes)},
          {"front", view.front.size()},
          {"knee", view.knee ? Json(view.numbers[*view.knee]) : Json(nullptr)},
          {"importance", importance_json(description, insight)},
          {"correlations", std::move(pairs)},
          {"verification", std::move(verification)},
          {"runs", std::move(runs)}};
}

std::string unit_of(Metric metric) {
  const explore::Dimension& dimension = explore::info(metric).dimension;
  if (dimension == explore::dimensions::kPower) return "W";
  if (metric == Metric::kThroughputPerArea) return "1/s/mm2";
  return dimension.to_string();
}

std::string json_text(const Json& json) {
  constexpr int kIndent = 2;
  // Names come from the user's files and need not be UTF-8, which JSON must be.
  return json.dump(kIndent, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace mensa::cli
