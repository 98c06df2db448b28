#include <fmt/format.h>

#include <cmath>

#include "cli/design/design_writers.h"
#include "explore/design/describe_design.h"
#include "explore/space/dimension.h"
#include "models/base/conversions.h"
#include "models/base/version.h"
#include "traces/human.h"
#include "traces/text_table.h"

namespace mensa::cli {
namespace {

using explore::DesignReport;
using traces::Align;
using traces::labelled;
using traces::TextTable;

constexpr std::size_t kIndent = 2;

std::string area_text(double area) { return explore::with_unit(area, explore::dimensions::kArea); }
std::string power_text(double power) {
  return explore::with_unit(power, explore::dimensions::kPower);
}
std::string share_text(double share) { return fmt::format("{:.1f}", base::kPercent * share); }

/// In the unit of the objective.
std::string merit_text(const DesignReport& report, double merit) {
  if (report.objective == "latency") return traces::si(merit, "s");
  return traces::si(merit, report.objective == "energy" ? "J" : "Js");
}

std::string budget_line(const DesignOutcome& outcome) {
  const DesignReport& report = outcome.report;
  std::string text = area_text(report.budget.area);
  if (report.budget.power)
    text += fmt::format(", {} at its peak", power_text(*report.budget.power));
  for (const explore::PortLimit& limit : report.limits) {
    if (limit.area) text += fmt::format(", {} at {}", area_text(*limit.area), limit.port);
    if (limit.power) text += fmt::format(", {} at {}", power_text(*limit.power), limit.port);
  }
  return fmt::format("{}, at most {} accelerator{}", text, report.most_accelerators,
                     report.most_accelerators == 1 ? "" : "s");
}

std::string head(const DesignOutcome& outcome) {
  const DesignReport& report = outcome.report;
  std::string models;
  for (const explore::DesignedModel& model : report.models) {
    models += (models.empty() ? "" : ", ") + model.name;
  }
  std::string text = fmt::format("mensa {}\n", base::kVersion);
  text += labelled("Design", report.name);
  text += labelled("Models", models);
  text += labelled("Budget", budget_line(outcome));
  text += labelled("Objective", fmt::format("{}, geometric mean over the models: {}",
                                            report.objective, merit_text(report, report.merit)));
  const explore::PlatformOutcome& platform = report.platforms[report.chosen];
  std::string places;
  for (const std::string& place : platform.places) places += (places.empty() ? "" : ", ") + place;
  text += labelled("Memories", fmt::format("of {}: {}; {}, {}", platform.system, places,
                                           platform.technology, traces::si(platform.clock, "Hz")));
  text += labelled(
      "Takes", fmt::format("{}, {} at the accelerators' peak, {} leakage", area_text(report.area),
                           power_text(report.peak_power), power_text(report.leakage)));
  text += labelled(
      "Search", fmt::format("effort {}, mapper {}, policy {}: {} candidates, {} whole systems; {}",
                            outcome.arguments.effort, outcome.arguments.mapper,
                            outcome.arguments.policy, platform.candidates, platform.systems,
                            report.is_local_optimum ? "a local optimum" : "no optimum yet"));
  return text;
}

std::string platform_table(const DesignReport& report) {
  if (report.platforms.size() == 1) return {};
  TextTable table({{"memories of", Align::kLeft},
                   {"technology", Align::kLeft},
                   {report.objective},
                   {"accelerators"},
                   {"area"},
                   {"peak"},
                   {"", Align::kLeft}});
  for (std::size_t p = 0; p < report.platforms.size(); ++p) {
    const explore::PlatformOutcome& one = report.platforms[p];
    if (one.failure.empty()) {
      table.add_row({one.system, one.technology, merit_text(report, one.merit),
                     std::to_string(one.accelerators), area_text(one.area),
                     power_text(one.peak_power), p == report.chosen ? "taken" : ""});
    } else {
      table.add_row({one.system, one.technology, "-", "-", "-", "-", one.failure});
    }
  }
  return '\n' + table.to_string();
}

std::string accelerator_table(const DesignReport& report) {
  TextTable table({{"accelerator", Align::kLeft},
                   {"PEs"},
                   {"dataflow", Align::kLeft},
                   {"weights"},
                   {"activations"},
                   {"lanes"},
                   {"place", Align::kLeft},
                   {"area"},
                   {"peak"},
                   {"layers"},
                   {"MACs %"},
                   {"time %"},
                   {"energy %"}});
  for (const explore::DesignedAccelerator& one : report.accelerators) {
    table.add_row({one.name, fmt::format("{}x{}", one.blueprint.rows, one.blueprint.columns),
                   one.dataflow, explore::buffer_text(one.blueprint.weights),
                   explore::buffer_text(one.blueprint.activations), std::to_string(one.lanes),
                   one.port, area_text(one.figures.area), power_text(one.figures.peak_power),
                   std::to_string(one.work.layers), share_text(one.work.mac_share),
                   share_text(one.work.time_share), share_text(one.work.energy_share)});
  }
  std::string text = table.to_string();
  text +=
      "layers: with MACs. time, energy (without leakage): means over the models of their shares";
  if (report.host_time_share > 0) {
    text +=
        fmt::format("; {} takes {} % of the time", report.host, share_text(report.host_time_share));
  }
  return text + ".\n";
}

std::string reasons_text(const DesignReport& report) {
  std::string text;
  for (const explore::DesignedAccelerator& one : report.accelerators) {
    text += fmt::format("\nWhy {}\n", one.name);
    for (const std::string& reason : one.reasons) {
      text += std::string(kIndent, ' ') + traces::wrapped(reason, traces::kLineWidth, 2 * kIndent) +
              '\n';
    }
  }
  return text + fmt::format(
                    "worse, better: of {} as geometric mean over the models, with all else "
                    "as it is and everything scheduled anew.\n",
                    report.objective);
}

std::string count_table(const DesignReport& report) {
  if (report.by_count.size() < 2) return {};
  TextTable table({{"accelerators"},
                   {report.objective},
                   {"area"},
                   {"peak"},
                   {"search", Align::kLeft},
                   {"the best found", Align::kLeft}});
  for (const explore::CountOutcome& one : report.by_count) {
    if (!one.found) {
      table.add_row(
          {std::to_string(one.accelerators), "-", "-", "-", "", "the best choices have fewer"});
      continue;
    }
    table.add_row({std::to_string(one.accelerators), merit_text(report, one.merit),
                   area_text(one.area), power_text(one.peak_power),
                   one.is_local_optimum ? "optimum" : "ended", one.blueprints.front()});
    for (std::size_t b = 1; b < one.blueprints.size(); ++b) {
      table.add_row({"", "", "", "", "", one.blueprints[b]});
    }
  }
  return '\n' + table.to_string() +
         "search: to a local optimum, or ended before. Another accelerator is taken where it makes "
         "the objective better by more than 1 %.\n";
}

std::string model_table(const DesignReport& report) {
  TextTable table({{"model", Align::kLeft},
                   {"weight %"},
                   {"MACs"},
                   {"latency"},
                   {"energy"},
                   {"EDP"},
                   {"inferences"},
                   {"DRAM MiB"}});
  constexpr double kBytesPerMib = 1024.0 * 1024.0;
  for (const explore::DesignedModel& model : report.models) {
    const explore::ModelFigures& figures = model.figures;
    table.add_row({model.name, share_text(model.weight), traces::si_count(model.macs),
                   traces::si(figures.latency, "s"), traces::si(figures.energy, "J"),
                   traces::si(figures.latency * figures.energy, "Js"),
                   traces::si(1 / figures.interval, "/s"),
                   fmt::format("{:.3f}", figures.dram / kBytesPerMib)});
  }
  const auto add_mean = [&](const std::string& name, const explore::Means& means) {
    table.add_row({name, "", "", traces::si(means.latency, "s"), traces::si(means.energy, "J"),
                   traces::si(means.edp, "Js"), traces::si(means.throughput, "/s"), ""});
  };
  add_mean("geometric mean", report.geometric);
  add_mean("arithmetic mean", report.arithmetic);
  return '\n' + table.to_string() + "By the analytic model.\n";
}

std::string advantage_text(double ratio) { return fmt::format("{:.3f}", ratio); }

std::string comparison_table(const DesignReport& report) {
  if (report.compared.empty()) return {};
  TextTable table({{"the design over", Align::kLeft},
                   {"technology", Align::kLeft},
                   {"scaled by"},
                   {"area"},
                   {"peak"},
                   {"speed"},
                   {"efficiency"},
                   {"EDP"},
                   {"throughput"},
                   {"EDP of means"}});
  std::string failures;
  for (const explore::ComparedSystem& one : report.compared) {
    const std::string factor = one.is_scaled ? fmt::format("{:.3f}", one.factor) : "as it is";
    if (!one.failure.empty()) {
      table.add_row({one.system, one.technology, factor, area_text(one.area),
                     power_text(one.peak_power), "-", "-", "-", "-", "-"});
      failures += fmt::format("{} failed: {}\n", one.system, one.failure);
      continue;
    }
    table.add_row({one.system, one.technology, factor, area_text(one.area),
                   power_text(one.peak_power), advantage_text(one.design_better.latency),
                   advantage_text(one.design_better.energy), advantage_text(one.design_better.edp),
                   advantage_text(one.design_better.throughput),
                   advantage_text(one.design_better_of_means.edp)});
  }
  return '\n' + table.to_string() +
         "How many times better the design is: geometric means over the models, the last column "
         "the ratio of arithmetic means. Each system\nhas its own memories, technology and clock. "
         "Scaled: PEs, buffers and lanes by one factor, to the design's area.\n" +
         failures;
}

std::string notes_text(const DesignOutcome& outcome) {
  std::string text;
  for (const std::string& note : outcome.report.notes) {
    text += traces::wrapped(note, traces::kLineWidth, 0) + '\n';
  }
  return text.empty() ? text : '\n' + text;
}

}  // namespace

std::string design_table(const DesignOutcome& outcome) {
  const DesignReport& report = outcome.report;
  return head(outcome) + platform_table(report) + '\n' + accelerator_table(report) +
         reasons_text(report) + count_table(report) + model_table(report) +
         comparison_table(report) + notes_text(outcome);
}

}  // namespace mensa::cli
