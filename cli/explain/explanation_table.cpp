#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string_view>

#include "cli/explain/explanation.h"
#include "traces/human.h"
#include "traces/text_table.h"

namespace mensa::cli {
namespace {

using traces::Align;
using traces::labelled;
using traces::TextTable;

constexpr std::size_t kReasonIndent = 4;

std::string heading_of(const Explanation& explanation) {
  const RunArguments& run = explanation.run;
  std::string text = fmt::format("mensa {}\n", explanation.version);
  text += labelled("Model", fmt::format("{} ({}): {} layers", explanation.model,
                                        explanation.model_file, explanation.model_layers));
  text += labelled("System", explanation.system);
  text += labelled("Policy", run.policy);
  text += labelled("Objective", run.objective);
  text += labelled("Mapper", run.mapper);
  if (!run.bandwidth_shares.empty()) {
    text += labelled("Planned at", traces::shares_text(run.bandwidth_shares));
  }
  return text;
}

std::string traits_text(const ExplainedLayer& layer) {
  std::string text;
  for (const ExplainedTrait& trait : layer.traits) {
    if (trait.value == 0) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", trait.name,
                        trait.unit.empty() || trait.unit == "B"
                            ? traces::si_count(static_cast<std::int64_t>(trait.value))
                            : traces::plain_number(trait.value));
    if (!trait.unit.empty()) text += ' ' + trait.unit;
  }
  return text;
}

std::string family_text(const ExplainedLayer& layer) {
  if (!layer.family) return "none: it has no MACs or no parameters";
  return fmt::format("{}{}", *layer.family,
                     layer.family_inside ? "" : ", the nearest one; no family's box holds it");
}

std::string score_text(const std::string& objective, double score) {
  if (objective == "latency") return traces::si(score, "s");
  return traces::si(score, objective == "energy" ? "J" : "Js");
}

std::vector<std::string> figure_cells(const std::optional<PlaceFigures>& figures,
                                      const std::string& objective) {
  if (!figures) return {"-", "-", "-", "-", "-"};
  const base::Bytes dram(figures->dram_read_bytes + figures->dram_write_bytes);
  return {traces::si(figures->time_s, "s"), traces::si(figures->energy_j, "J"),
          score_text(objective, figures->score), figures->bound, traces::binary_bytes(dram)};
}

std::string mark(const Place& place) { return place.accelerator + (place.chosen ? " *" : ""); }

std::string alone_table(const ExplainedLayer& layer, const std::string& objective) {
  TextTable table({{"alone", Align::kLeft},
                   {"time"},
                   {"energy"},
                   {objective},
                   {"bound", Align::kLeft},
                   {"DRAM"}});
  for (const Place& place : layer.places) {
    std::vector<std::string> cells = {mark(place)};
    for (std::string& cell : figure_cells(place.alone, objective)) cells.push_back(std::move(cell));
    table.add_row(std::move(cells));
  }
  return table.to_string();
}

std::string scheduled_table(const ExplainedLayer& layer, const std::string& objective) {
  TextTable table({{"scheduled", Align::kLeft},
                   {"time"},
                   {"energy"},
                   {objective},
                   {"bound", Align::kLeft},
                   {"DRAM"},
                   {"whole %"},
                   {"on chip", Align::kLeft}});
  for (const Place& place : layer.places) {
    if (!place.infeasible.empty()) continue;
    std::vector<std::string> cells = {mark(place)};
    for (std::string& cell : figure_cells(place.scheduled, objective)) {
      cells.push_back(std::move(cell));
    }
    cells.push_back(place.change ? fmt::format("{:+.2f}", 100 * *place.change) : "-");
    cells.push_back(place.on_chip.empty() ? "-"
                                          : fmt::format("{}", fmt::join(place.on_chip, ", ")));
    table.add_row(std::move(cells));
  }
  return table.to_string();
}

std::string infeasible_text(const ExplainedLayer& layer) {
  std::string text;
  for (const Place& place : layer.places) {
    if (place.infeasible.empty()) continue;
    text += labelled("Not there", fmt::format("{}: {}", place.accelerator, place.infeasible));
  }
  return text;
}

std::string reasons_text(const ExplainedLayer& layer) {
  std::string text = "Why\n";
  for (const std::string& reason : layer.reasons) {
    text += fmt::format(
        "  - {}\n", traces::wrapped(traces::printable(reason), traces::kLineWidth, kReasonIndent));
  }
  return text;
}

std::string change_text(const ExplainedChange& change) {
  if (change.unit.empty()) {
    return fmt::format("{} {:.10g} instead of {:.10g}", change.what, change.needed, change.now);
  }
  const std::string by =
      change.now > 0 ? fmt::format(" ({:+.3g} %)", 100 * (change.needed / change.now - 1)) : "";
  return fmt::format("{} of {} instead of {}{}", change.what,
                     traces::si(change.needed, change.unit), traces::si(change.now, change.unit),
                     by);
}

std::string flip_text(const ExplainedFlip& flip) {
  std::vector<std::string> changes;
  for (const ExplainedChange& change : flip.changes) changes.push_back(change_text(change));
  return fmt::format("{}: {}", fmt::join(changes, " and "), flip.then);
}

std::string flips_text(const ExplainedLayer& layer) {
  std::string text = "What would change it\n";
  for (const ExplainedFlip& flip : layer.flips) {
    text += fmt::format("  - {}\n", traces::printable(flip_text(flip)));
  }
  if (layer.flips.empty()) text += "  - nothing that the policy looks at\n";
  return text;
}

std::string transfers_text(const ExplainedLayer& layer) {
  if (layer.transfers.empty()) return "Transfers   none\n";
  TextTable table(
      {{"transfer", Align::kLeft}, {"from", Align::kLeft}, {"to", Align::kLeft}, {"bytes"}});
  for (const ExplainedTransfer& transfer : layer.transfers) {
    table.add_row({transfer.tensor, transfer.from, transfer.to,
                   traces::binary_bytes(base::Bytes(transfer.bytes))});
  }
  return table.to_string();
}

std::string layer_text(const ExplainedLayer& layer, const std::string& objective) {
  std::string text = labelled("Layer", fmt::format("{} ({}), number {}, on {}", layer.name,
                                                   layer.op, layer.id, layer.accelerator));
  if (layer.node != layer.name) text += labelled("Node", layer.node);
  text += labelled("Work", layer.work);
  text += labelled("Traits", traits_text(layer));
  text += labelled("Family", family_text(layer));
  if (!layer.shares.empty()) {
    text += labelled("With",
                     fmt::format("{}: they run on one accelerator", fmt::join(layer.shares, ", ")));
  }
  text += '\n' + alone_table(layer, objective) + infeasible_text(layer);
  text += '\n' + scheduled_table(layer, objective);
  text += '\n' + reasons_text(layer) + flips_text(layer);
  return text + '\n' + transfers_text(layer);
}

}  // namespace

std::string explanation_table(const Explanation& explanation) {
  std::string text = heading_of(explanation);
  for (const ExplainedLayer& layer : explanation.layers) {
    text += '\n' + layer_text(layer, explanation.run.objective);
  }
  return text +
         "\n* where it runs. alone: everything through DRAM. scheduled: with what stays on chip, "
         "of "
         "the others if the layer were moved\nthere and all else stayed. whole: what the whole "
         "schedule then takes. By the analytic model, all time steps; traits of one step.\n";
}

}  // namespace mensa::cli
