#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

#include "cli/output.h"
#include "cli/study/actions.h"
#include "cli/study/point_table.h"
#include "cli/study/show_point.h"
#include "cli/study/study_insight.h"
#include "cli/study/study_json.h"
#include "cli/study/study_view.h"
#include "traces/human.h"

namespace mensa::cli {
namespace {

using explore::Metric;
using explore::StudyDescription;
using explore::StudyStore;
using traces::Align;
using traces::labelled;
using traces::TextTable;

std::string name_of(Metric metric) { return std::string(explore::info(metric).name); }

std::string percent_cell(const std::optional<double>& share) {
  if (!share) return "-";
  // What differs from nothing by rounding alone has no sign.
  constexpr double kShown = 5e-4;
  return traces::percent(std::abs(*share) < kShown ? 0 : *share);
}

std::string coefficient_cell(const std::optional<double>& value) {
  return value ? fmt::format("{:.2f}", *value) : "-";
}

std::string models_text(const StudyDescription& description) {
  std::vector<std::string> models;
  models.reserve(description.models.size());
  for (const explore::StudyModel& model : description.models) {
    models.push_back(fmt::format("{} (weight {:g})", model.name, model.weight));
  }
  return fmt::format("{}", fmt::join(models, ", "));
}

std::string objectives_text(const StudyDescription& description) {
  std::vector<std::string> objectives;
  objectives.reserve(description.objectives.size());
  for (const Metric objective : description.objectives) {
    objectives.push_back(
        fmt::format("{} ({})", name_of(objective),
                    explore::info(objective).more_is_better ? "more is better" : "less is better"));
  }
  return fmt::format("{}", fmt::join(objectives, ", "));
}

std::string front_text(const StudyStore& study, const StudyView& view) {
  if (!view.knee) return "no feasible point yet";
  const std::uint64_t knee = view.numbers[*view.knee];
  const auto entry = study.find(knee);
  std::vector<std::string> values;
  for (const Metric objective : study.description().objectives) {
    values.push_back(fmt::format("{} {}", name_of(objective),
                                 metric_cell(objective, entry->result.metric(objective))));
  }
  return fmt::format("{} point{}; knee: point {}, {}", view.front.size(),
                     view.front.size() == 1 ? "" : "s", knee, fmt::join(values, ", "));
}

std::string heading(const StudyStore& study, const StudyView& view, const StudyInsight& insight) {
  const StudyDescription& description = study.description();
  std::string points = fmt::format("{}: {} feasible, {} infeasible", view.counts.all(),
                                   view.counts.feasible, view.counts.infeasible);
  if (view.counts.failed > 0) {
    points += fmt::format(", {} FAILED by a fault of mensa ('list --status failed' says which)",
                          view.counts.failed);
  }
  if (insight.sampled) {
    points += fmt::format("; {:.3g} % of the space", 100 * *insight.sampled);
  }
  std::string text = labelled("Space", description.space_name);
  text += labelled("System", description.system_name);
  text += labelled("Models", models_text(description));
  text += labelled("Objectives", objectives_text(description));
  text += labelled("Search", description.search_method);
  text += labelled("Points", points);
  text += labelled("Front", front_text(study, view));
  for (const auto& [part, value] : description.identity) {
    text += labelled("Made with", fmt::format("{}: {}", part, value));
  }
  return text;
}

/// Parameters with their choices, and what of each objective's variance goes with them.
std::string parameter_table(const StudyDescription& description, const StudyInsight& insight) {
  std::vector<TextTable::Column> columns = {
      {"parameter", Align::kLeft}, {"values"}, {"", Align::kLeft}};
  for (const Metric objective : description.objectives) {
    columns.push_back({name_of(objective) + " %"});
  }
  TextTable table(std::move(columns));
  for (std::size_t p = 0; p < description.parameters.size(); ++p) {
    const explore::StudyParameter& parameter = description.parameters[p];
    std::vector<std::string> cells = {parameter.name, std::to_string(parameter.choices.size()),
                                      fmt::format("{}", fmt::join(parameter.choices, ", "))};
    for (const explore::Importance& importance : insight.importance) {
      cells.push_back(importance.shares.empty() ? "-" : percent_cell(importance.shares[p]));
    }
    table.add_row(std::move(cells));
  }
  std::vector<std::string> rest = {"together", "", "what no parameter alone explains"};
  for (const explore::Importance& importance : insight.importance) {
    rest.push_back(importance.shares.empty() ? "-" : percent_cell(importance.remainder));
  }
  table.add_row(std::move(rest));
  const std::string meaning =
      insight.concentrates
          ? fmt::format(
                "%: of the objective's variance (of its logarithm) over the feasible points that "
                "goes with this parameter alone. {} chooses points where it found good ones: the "
                "shares describe these points, not the space; grid, random and sobol give those of "
                "the space.",
                description.search_method)
          : "%: of the objective's variance (of its logarithm) over the feasible points that goes "
            "with this parameter alone: first-order indices, less what chance explains.";
  return table.to_string() + traces::wrapped(meaning, traces::kLineWidth, 0) + '\n';
}

std::string rejection_table(const StudyDescription& description, const StudyView& view) {
  std::map<std::string, std::uint64_t> others = view.causes;
  TextTable table({{"rejected by", Align::kLeft}, {"points"}, {"%"}});
  const auto add = [&](const std::string& cause, std::uint64_t points) {
    table.add_row({cause.empty() ? "-" : cause, std::to_string(points),
                   view.counts.all() == 0
                       ? "-"
                       : traces::percent(static_cast<double>(points) /
                                         static_cast<double>(view.counts.all()))});
  };
  for (const std::string& constraint : description.constraints) {
    const auto found = others.find(constraint);
    add(constraint, found == others.end() ? 0 : found->second);
    if (found != others.end()) others.erase(found);
  }
  for (const auto& [cause, points] : others) add(cause, points);
  return table.to_string();
}

std::string correlation_table(const StudyInsight& insight) {
  TextTable table({{"objective", Align::kLeft}, {"and", Align::kLeft}, {"all"}, {"front"}});
  for (const ObjectivePair& pair : insight.pairs) {
    table.add_row({name_of(pair.first), name_of(pair.second), coefficient_cell(pair.everywhere),
                   coefficient_cell(pair.on_front)});
  }
  return table.to_string() +
         "Rank correlation (Spearman) over all feasible points and over the front: 1: what is "
         "better in one is better in the other; -1: one is\npaid for with the other.\n";
}

std::string agreement_table(const StudyInsight& insight) {
  TextTable table({{"simulated model", Align::kLeft},
                   {"points"},
                   {"latency ratio"},
                   {"worst %"},
                   {"tau"},
                   {"energy ratio"},
                   {"worst %"},
                   {"tau"}});
  for (const ModelAgreement& model : insight.agreement) {
    table.add_row(
        {model.model, std::to_string(model.points), fmt::format("{:.4f}", model.latency.mean_ratio),
         traces::percent(model.latency.largest_difference),
         coefficient_cell(model.latency.rankings), fmt::format("{:.4f}", model.energy.mean_ratio),
         traces::percent(model.energy.largest_difference),
         coefficient_cell(model.energy.rankings)});
  }
  return table.to_string() +
         "ratio: simulated over analytic, mean over the points; worst: largest difference; tau: "
         "Kendall's, whether both rank the points alike, 1 to -1.\n";
}

std::string run_table(const StudyStore& study) {
  TextTable table({{"run of mensa", Align::kLeft}, {"points"}, {"time"}});
  for (const explore::StudyRun& run : study.runs()) {
    table.add_row({run.version, std::to_string(run.points), fmt::format("{:.1f} s", run.seconds)});
  }
  return table.to_string();
}

std::string study_table(const StudyStore& study) {
  const StudyView view = view_of(study);
  const StudyInsight insight = insight_of(study, view);
  const StudyDescription& description = study.description();
  std::string text = heading(study, view, insight);
  text += '\n' + parameter_table(description, insight);
  if (!description.constraints.empty() || !view.causes.empty()) {
    text += '\n' + rejection_table(description, view);
  }
  if (!insight.pairs.empty()) text += '\n' + correlation_table(insight);
  if (!insight.agreement.empty()) text += '\n' + agreement_table(insight);
  return text + '\n' + run_table(study);
}

}  // namespace

void show_study(const StudyStore& study, const StudyShow& arguments) {
  check_format(arguments.format, {"table", "json"});
  const bool as_json = arguments.format == "json";
  if (arguments.point > 0) {
    return print(point_text(study, static_cast<std::uint64_t>(arguments.point), as_json));
  }
  if (!as_json) return print(study_table(study));
  const StudyView view = view_of(study);
  nlohmann::ordered_json json = study_json(study.description());
  json["summary"] = summary_json(study, view, insight_of(study, view));
  print(json_text(json));
}

}  // namespace mensa::cli
