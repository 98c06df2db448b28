#include <fmt/format.h>

#include <string_view>

#include "cli/compare/comparison.h"
#include "traces/human.h"
#include "traces/text_table.h"

namespace mensa::cli {
namespace {

using traces::Align;
using traces::labelled;
using traces::TextTable;

constexpr std::size_t kNoteIndent = 2;
constexpr double kBytesPerMib = 1024.0 * 1024.0;

std::string heading_of(const Comparison& comparison) {
  const RunArguments& run = comparison.run;
  std::string text = fmt::format("mensa {}\n", comparison.version);
  text += labelled("Objective", run.objective);
  text += labelled("Mapper", run.mapper);
  text += labelled("Memory", run.memory);
  text += labelled("Concurrency", run.concurrency);
  text += labelled("Bound", run.bound);
  for (const auto& [path, value] : run.parameters) {
    text += labelled("Parameter", fmt::format("{}={}", path, value));
  }
  if (!run.bandwidth_shares.empty()) {
    text += labelled("Planned at", traces::shares_text(run.bandwidth_shares));
  }
  return text;
}

/// In percent; marked where the bound may be below what any schedule reaches, or above what one in
/// another order does.
std::string gap_text(const ComparedFigures& figures) {
  const std::optional<double> gap = figures.gap();
  if (!gap) return "-";
  // What differs by rounding alone is no gap, and no gain.
  constexpr double kRounding = 1e-9;
  const double shown = *gap > -kRounding && *gap < kRounding ? 0 : *gap;
  const bool is_reached =
      figures.bound_kind == "optimum" || figures.bound_kind == "optimum_in_order";
  const bool of_one_order =
      figures.bound_kind == "optimum_in_order" || figures.bound_kind == "search_in_order";
  return fmt::format("{}{:.2f}{}", is_reached ? "" : "<= ", 100 * shown,
                     of_one_order ? " in order" : "");
}

std::vector<std::string> cells_of(const ComparedRow& row) {
  if (!row.figures) {
    return {row.model, row.system, row.policy, "failed", "-", "-", "-", "-", "-", "-", "-"};
  }
  const ComparedFigures& figures = *row.figures;
  const auto dram = static_cast<double>(figures.dram_read_bytes + figures.dram_write_bytes);
  return {row.model,
          row.system,
          row.policy,
          traces::si(figures.latency_s, "s"),
          traces::si(figures.analytic_latency_s, "s"),
          traces::si(figures.energy_j, "J"),
          traces::si(figures.edp_js(), "Js"),
          traces::percent(figures.pe_utilization),
          fmt::format("{}", figures.transfers),
          fmt::format("{:.3f}", dram / kBytesPerMib),
          gap_text(figures)};
}

std::string row_table(const Comparison& comparison) {
  TextTable table({{"model", Align::kLeft},
                   {"system", Align::kLeft},
                   {"policy", Align::kLeft},
                   {"latency"},
                   {"analytic"},
                   {"energy"},
                   {"EDP"},
                   {"PEs %"},
                   {"transfers"},
                   {"DRAM MiB"},
                   {"gap %"}});
  for (const ComparedRow& row : comparison.rows) table.add_row(cells_of(row));
  return table.to_string() +
         "latency, energy, EDP: of one inference, simulated. PEs: of the running accelerator. gap: "
         "what the analytic objective is above its\nbound; the bound is the best schedule in "
         "sequence, or where <= stands, no more than that of the best schedule.\n";
}

/// Why rows have no figures; rows that fail for the same reason together.
std::string failures_of(const Comparison& comparison) {
  std::string text;
  const ComparedRow* last = nullptr;
  for (const ComparedRow& row : comparison.rows) {
    if (row.figures) continue;
    if (last == nullptr || last->model != row.model || last->failure != row.failure) {
      text += fmt::format("{} on {} by {} failed:\n", traces::printable(row.model),
                          traces::printable(row.system), traces::printable(row.policy));
      std::string_view rest = row.failure;
      while (!rest.empty()) {
        const std::size_t end = rest.find('\n');
        const std::string line = traces::printable(rest.substr(0, end));
        text += std::string(kNoteIndent, ' ') +
                traces::wrapped(line, traces::kLineWidth, kNoteIndent) + '\n';
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
      }
    }
    last = &row;
  }
  return text.empty() ? text : '\n' + text;
}

std::string ratio_text(const std::optional<double>& ratio) {
  return ratio ? fmt::format("{:.3f}", *ratio) : "-";
}

std::string mean_table(const Comparison& comparison) {
  TextTable table({{"system", Align::kLeft},
                   {"policy", Align::kLeft},
                   {"models"},
                   {"latency"},
                   {"energy"},
                   {"EDP"}});
  for (const ComparedMean& mean : means_of(comparison)) {
    table.add_row({mean.system, mean.policy, fmt::format("{}", mean.models),
                   ratio_text(mean.latency), ratio_text(mean.energy), ratio_text(mean.edp)});
  }
  return table.to_string() + fmt::format("Geometric means over models of the ratio to {} on {}.\n",
                                         traces::printable(comparison.policies.front()),
                                         traces::printable(comparison.systems.front().name));
}

}  // namespace

std::string comparison_table(const Comparison& comparison) {
  return heading_of(comparison) + '\n' + row_table(comparison) + failures_of(comparison) + '\n' +
         mean_table(comparison);
}

}  // namespace mensa::cli
