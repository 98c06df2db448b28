#include <nlohmann/json.hpp>

#include "cli/compare/comparison.h"
#include "cli/options_json.h"
#include "traces/csv_text.h"
#include "traces/finite.h"
#include "traces/json_parts.h"
#include "traces/precision_json.h"

namespace mensa::cli {
namespace {

using Json = nlohmann::ordered_json;
using traces::finite;

Json or_null(const std::optional<double>& value) {
  return value ? Json(finite(*value)) : Json(nullptr);
}

/// Figures of a row; the same keys with nulls where it has none.
Json figures_json(const std::optional<ComparedFigures>& row) {
  const ComparedFigures figures = row.value_or(ComparedFigures{});
  const bool has_bound = figures.gap().has_value();
  Json json = {{"latency_s", finite(figures.latency_s)},
               {"analytic_latency_s", finite(figures.analytic_latency_s)},
               {"energy_j", finite(figures.energy_j)},
               {"analytic_energy_j", finite(figures.analytic_energy_j)},
               {"edp_js", finite(figures.edp_js())},
               {"pe_utilization", finite(figures.pe_utilization)},
               {"system_pe_utilization", finite(figures.system_pe_utilization)},
               {"transfers", figures.transfers},
               {"transfer_bytes", figures.transfer_bytes},
               {"dram_read_bytes", figures.dram_read_bytes},
               {"dram_write_bytes", figures.dram_write_bytes},
               {"analytic_value", finite(figures.analytic_value)},
               {"bound", has_bound ? Json(finite(figures.bound)) : Json(nullptr)},
               {"bound_kind", has_bound ? Json(figures.bound_kind) : Json(nullptr)},
               {"gap", or_null(figures.gap())}};
  if (row) return json;
  for (auto& value : json) value = nullptr;
  return json;
}

Json row_json(const ComparedRow& row) {
  Json json = {{"model", row.model}, {"system", row.system}, {"policy", row.policy}};
  json.update(figures_json(row.figures));
  json["failure"] = traces::text_or_null(row.failure);
  return json;
}

Json file_json(const ComparedFile& file) {
  return {{"name", file.name},
          {"file", traces::text_or_null(file.file)},
          {"sha256", file.sha256 ? Json(*file.sha256) : Json(nullptr)}};
}

Json mean_json(const ComparedMean& mean) {
  return {{"system", mean.system},
          {"policy", mean.policy},
          {"models", mean.models},
          {"latency_ratio", or_null(mean.latency)},
          {"energy_ratio", or_null(mean.energy)},
          {"edp_ratio", or_null(mean.edp)}};
}

}  // namespace

std::string comparison_json(const Comparison& comparison) {
  const RunArguments& run = comparison.run;
  const Json json = {{"schema", "mensa-compare/1"},
                     {"mensa", comparison.version},
                     {"objective", run.objective},
                     {"mapper", run.mapper},
                     {"memory", run.memory},
                     {"concurrency", run.concurrency},
                     {"bound", run.bound},
                     {"model_options", model_options_json(run.model.options)},
                     {"precision", traces::precision_json(run.precisions)},
                     {"parameters", parameters_json(run)},
                     {"bandwidth_shares", run.bandwidth_shares},
                     {"models", traces::json_array(comparison.models, file_json)},
                     {"systems", traces::json_array(comparison.systems, file_json)},
                     {"policies", comparison.policies},
                     {"rows", traces::json_array(comparison.rows, row_json)},
                     {"means", traces::json_array(means_of(comparison), mean_json)}};
  constexpr int kIndent = 2;
  // Names come from the user's files and need not be UTF-8, which JSON must be.
  return json.dump(kIndent, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string comparison_csv(const Comparison& comparison) {
  std::vector<std::string> cells;
  const Json headings = row_json(ComparedRow{});
  for (const auto& [heading, value] : headings.items()) cells.push_back(heading);
  std::string text = traces::csv_line(cells);
  for (const ComparedRow& row : comparison.rows) {
    cells.clear();
    const Json values = row_json(row);
    for (const auto& value : values) cells.push_back(traces::csv_cell(value));
    text += traces::csv_line(cells);
  }
  return text;
}

}  // namespace mensa::cli
