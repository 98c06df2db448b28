#include <nlohmann/json.hpp>

#include "cli/design/design_writers.h"
#include "cli/options_json.h"
#include "models/base/version.h"
#include "traces/json_parts.h"

namespace mensa::cli {
namespace {

using Json = nlohmann::ordered_json;

Json means_json(const explore::Means& means) {
  return {{"latency_s", means.latency},
          {"energy_j", means.energy},
          {"edp_js", means.edp},
          {"throughput_per_s", means.throughput}};
}

Json ratios_json(const explore::Means& ratios) {
  return {{"speed", ratios.latency},
          {"energy_efficiency", ratios.energy},
          {"edp", ratios.edp},
          {"throughput", ratios.throughput}};
}

Json figures_json(const explore::ModelFigures& figures) {
  return {{"latency_s", figures.latency},
          {"energy_j", figures.energy},
          {"edp_js", figures.latency * figures.energy},
          {"interval_s", figures.interval},
          {"throughput_per_s", 1 / figures.interval},
          {"dram_bytes", figures.dram}};
}

Json request_json(const DesignOutcome& outcome) {
  const explore::DesignReport& report = outcome.report;
  const DesignArguments& arguments = outcome.arguments;
  Json limits = traces::json_array(report.limits, [](const explore::PortLimit& limit) -> Json {
    return {{"port", limit.port},
            {"area_mm2", traces::or_null(limit.area)},
            {"peak_power_w", traces::or_null(limit.power)}};
  });
  Json parameters = Json::array();
  for (const auto& [path, value] : arguments.parameters) {
    parameters.push_back({{"path", path}, {"value", value}});
  }
  return {{"command", design_command(arguments)},
          {"area_mm2", report.budget.area},
          {"peak_power_w", traces::or_null(report.budget.power)},
          {"port_limits", std::move(limits)},
          {"accelerators", report.most_accelerators},
          {"systems", arguments.systems},
          {"parameters", std::move(parameters)},
          {"objective", report.objective},
          {"policy", arguments.policy},
          {"mapper", arguments.mapper},
          {"effort", arguments.effort},
          {"seed", arguments.seed},
          {"model_options", model_options_json(arguments.options)}};
}

Json models_json(const DesignOutcome& outcome) {
  Json list = Json::array();
  for (std::size_t m = 0; m < outcome.report.models.size(); ++m) {
    const explore::DesignedModel& model = outcome.report.models[m];
    Json json = {{"name", model.name},
                 {"file", outcome.models[m].file},
                 {"sha256", outcome.models[m].sha256},
                 {"weight", model.weight},
                 {"layers", model.layers},
                 {"macs", model.macs}};
    json.update(figures_json(model.figures));
    list.push_back(std::move(json));
  }
  return list;
}

Json platforms_json(const explore::DesignReport& report) {
  Json list = Json::array();
  for (std::size_t p = 0; p < report.platforms.size(); ++p) {
    const explore::PlatformOutcome& one = report.platforms[p];
    const bool found = one.failure.empty();
    list.push_back({{"system", one.system},
                    {"technology", one.technology},
                    {"clock_hz", one.clock},
                    {"places", one.places},
                    {"taken", p == report.chosen},
                    {"failure", traces::text_or_null(one.failure)},
                    {"objective", found ? Json(one.merit) : Json(nullptr)},
                    {"area_mm2", found ? Json(one.area) : Json(nullptr)},
                    {"peak_power_w", found ? Json(one.peak_power) : Json(nullptr)},
                    {"accelerators", one.accelerators},
                    {"candidates", one.candidates},
                    {"whole_systems", one.systems}});
  }
  return list;
}

Json work_json(const explore::AcceleratorWork& work) {
  Json kinds = Json::array();
  for (const auto& [kind, share] : work.kinds) {
    kinds.push_back({{"kind", kind}, {"time_share", share}});
  }
  return {{"layers", work.layers},
          {"macs", work.macs},
          {"mac_share", work.mac_share},
          {"time_share", work.time_share},
          {"energy_share", work.energy_share},
          {"kinds", std::move(kinds)},
          {"medians",
           {{"parameter_bytes", work.parameter_bytes},
            {"parameter_reuse", work.parameter_reuse},
            {"mac_intensity", work.mac_intensity}}}};
}

Json accelerators_json(const explore::DesignReport& report) {
  Json list = Json::array();
  for (const explore::DesignedAccelerator& one : report.accelerators) {
    Json alternatives = Json::array();
    for (const explore::DescribedAlternative& other : one.alternatives) {
      const bool runs = other.failure.empty();
      alternatives.push_back({{"aspect", to_string(other.aspect)},
                              {"value", other.what},
                              {"worse_by", runs ? Json(other.worse) : Json(nullptr)},
                              {"breaks", traces::text_or_null(other.broken)},
                              {"failure", traces::text_or_null(other.failure)}});
    }
    list.push_back({{"name", one.name},
                    {"rows", one.blueprint.rows},
                    {"columns", one.blueprint.columns},
                    {"dataflow", one.dataflow},
                    {"weight_buffer_bytes", one.blueprint.weights.value()},
                    {"activation_buffer_bytes", one.blueprint.activations.value()},
                    {"vector_lanes", one.lanes},
                    {"place", one.port},
                    {"near_data", one.near_data},
                    {"area_mm2", one.figures.area},
                    {"peak_power_w", one.figures.peak_power},
                    {"leakage_w", one.figures.leakage},
                    {"work", work_json(one.work)},
                    {"reasons", one.reasons},
                    {"alternatives", std::move(alternatives)}});
  }
  return list;
}

Json counts_json(const explore::DesignReport& report) {
  return traces::json_array(report.by_count, [](const explore::CountOutcome& one) -> Json {
    return {{"accelerators", one.accelerators},
            {"objective", one.found ? Json(one.merit) : Json(nullptr)},
            {"area_mm2", one.found ? Json(one.area) : Json(nullptr)},
            {"peak_power_w", one.found ? Json(one.peak_power) : Json(nullptr)},
            {"local_optimum", one.is_local_optimum},
            {"clusters", traces::text_or_null(one.origin)},
            {"design", one.blueprints}};
  });
}

Json compared_json(const explore::DesignReport& report) {
  Json list = Json::array();
  for (const explore::ComparedSystem& one : report.compared) {
    const bool runs = one.failure.empty();
    Json models = Json::array();
    for (std::size_t m = 0; m < one.models.size(); ++m) {
      Json json = {{"name", report.models[m].name}};
      json.update(figures_json(one.models[m]));
      models.push_back(std::move(json));
    }
    list.push_back(
        {{"system", one.system},
         {"technology", one.technology},
         {"scaled", one.is_scaled},
         {"factor", one.factor},
         {"area_mm2", one.area},
         {"peak_power_w", one.peak_power},
         {"failure", traces::text_or_null(one.failure)},
         {"design_better_geometric_mean", runs ? ratios_json(one.design_better) : Json(nullptr)},
         {"design_better_ratio_of_means",
          runs ? ratios_json(one.design_better_of_means) : Json(nullptr)},
         {"models", std::move(models)}});
  }
  return list;
}

}  // namespace

std::string design_json(const DesignOutcome& outcome) {
  const explore::DesignReport& report = outcome.report;
  const Json json = {{"schema", "mensa-design/1"},
                     {"mensa", base::kVersion},
                     {"name", report.name},
                     {"request", request_json(outcome)},
                     {"objective", report.merit},
                     {"local_optimum", report.is_local_optimum},
                     {"clusters", report.origin},
                     {"area_mm2", report.area},
                     {"peak_power_w", report.peak_power},
                     {"leakage_w", report.leakage},
                     {"memory_background_w", report.background_power},
                     {"host_time_share", report.host_time_share},
                     {"geometric_means", means_json(report.geometric)},
                     {"arithmetic_means", means_json(report.arithmetic)},
                     {"accelerators", accelerators_json(report)},
                     {"by_count", counts_json(report)},
                     {"platforms", platforms_json(report)},
                     {"models", models_json(outcome)},
                     {"compared", compared_json(report)},
                     {"notes", report.notes}};
  constexpr int kJsonIndent = 2;
  return json.dump(kJsonIndent, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace mensa::cli
