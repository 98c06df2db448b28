#include "cli/study/show_point.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/study/point_table.h"
#include "cli/study/study_json.h"
#include "cli/study/study_view.h"
#include "models/base/error.h"
#include "traces/human.h"
#include "traces/text_table.h"

namespace mensa::cli {
namespace {

using explore::Entry;
using explore::Metric;
using explore::StudyDescription;
using explore::StudyStore;
using traces::Align;
using traces::TextTable;

Entry entry_of(const StudyStore& study, std::uint64_t number) {
  auto entry = study.find(number);
  if (entry) return std::move(*entry);
  const std::uint64_t points = study.count();
  throw base::Error(
      fmt::format("{}: has no point {}{}", study.path().string(), number,
                  points == 0 ? ", nor any other yet"
                              : fmt::format("; the highest number is {}", study.last_number())));
}

std::string heading(const StudyStore& study, const Entry& entry) {
  const explore::PointResult& result = entry.result;
  std::string text = traces::labelled(
      "Point", fmt::format("{} of {}, {}", entry.number, study.description().space_name,
                           explore::to_string(result.status)));
  if (!result.is_feasible()) {
    if (!result.cause.empty()) text += traces::labelled("Cause", result.cause);
    text += traces::labelled("Reason", result.reason);
    if (result.violation > 0) {
      text +=
          traces::labelled("Violation", fmt::format("{:.3g} % of limits", 100 * result.violation));
    }
    return text;
  }
  const StudyView view = view_of(study);
  const bool on_front =
      std::any_of(view.front.begin(), view.front.end(),
                  [&](std::size_t position) { return view.numbers[position] == entry.number; });
  std::string place = on_front ? "on the Pareto front" : "not on the Pareto front";
  if (view.is_knee(entry.number)) place += ", its knee";
  return text + traces::labelled("Place", place);
}

std::string parameter_table(const StudyDescription& description, const Entry& entry) {
  TextTable table({{"parameter", Align::kLeft}, {"value", Align::kLeft}});
  for (std::size_t i = 0; i < description.parameters.size(); ++i) {
    const explore::StudyParameter& parameter = description.parameters[i];
    table.add_row({parameter.name, parameter.choices.at(entry.point.at(i))});
  }
  return table.to_string();
}

std::string metric_table(const StudyDescription& description, const Entry& entry) {
  TextTable table({{"metric", Align::kLeft}, {"value"}, {"", Align::kLeft}, {"", Align::kLeft}});
  for (const std::string& name : explore::metric_names()) {
    const Metric metric = explore::metric_from_string(name);
    const bool is_objective =
        std::find(description.objectives.begin(), description.objectives.end(), metric) !=
        description.objectives.end();
    table.add_row({name, metric_cell(metric, entry.result.metric(metric)),
                   is_objective ? "objective" : "", std::string(explore::info(metric).help)});
  }
  return table.to_string();
}

std::string model_table(const Entry& entry) {
  TextTable table({{"model", Align::kLeft},
                   {"latency"},
                   {"energy"},
                   {"interval"},
                   {"DRAM"},
                   {"", Align::kLeft}});
  for (const explore::ModelOutcome& model : entry.result.models) {
    table.add_row({model.model, traces::si(model.latency, "s"), traces::si(model.energy, "J"),
                   traces::si(model.interval, "s"), traces::si(model.dram_bytes, "B"),
                   model.misses_deadline ? "misses its deadline" : ""});
  }
  return table.to_string() +
         "Of one inference; interval: from one inference to the next in a stream.\n";
}

std::string accelerator_table(const Entry& entry) {
  TextTable table({{"accelerator", Align::kLeft},
                   {"area"},
                   {"leakage"},
                   {"PEs"},
                   {"busy"},
                   {"layers"},
                   {"MACs"},
                   {"energy"}});
  for (const explore::AcceleratorOutcome& one : entry.result.accelerators) {
    table.add_row({one.accelerator, fmt::format("{:.4g} mm2", one.area),
                   traces::si(one.leakage, "W"), std::to_string(one.pes), traces::si(one.busy, "s"),
                   traces::plain_number(one.layers), traces::si(one.macs, ""),
                   traces::si(one.energy, "J")});
  }
  return table.to_string() + "What each does for one inference of the mix of models.\n";
}

std::string verification_table(const StudyStore& study, std::uint64_t number) {
  TextTable table(
      {{"simulated", Align::kLeft}, {"latency"}, {"analytic"}, {"energy"}, {"analytic"}});
  bool has_rows = false;
  for (const explore::Verification& one : study.verifications()) {
    if (one.number != number) continue;
    has_rows = true;
    table.add_row({one.model, traces::si(one.simulated_latency, "s"),
                   traces::si(one.analytic_latency, "s"), traces::si(one.simulated_energy, "J"),
                   traces::si(one.analytic_energy, "J")});
  }
  return has_rows ? '\n' + table.to_string() : "";
}

}  // namespace

std::string point_text(const StudyStore& study, std::uint64_t number, bool as_json) {
  const Entry entry = entry_of(study, number);
  const StudyDescription& description = study.description();
  if (as_json) {
    nlohmann::ordered_json json = study_json(description);
    json["points"] = nlohmann::ordered_json::array({point_json(description, entry)});
    return json_text(json);
  }
  std::string text = heading(study, entry);
  text += '\n' + parameter_table(description, entry);
  text += '\n' + metric_table(description, entry);
  if (!entry.result.models.empty()) text += '\n' + model_table(entry);
  if (!entry.result.accelerators.empty()) text += '\n' + accelerator_table(entry);
  return text + verification_table(study, number);
}

}  // namespace mensa::cli
