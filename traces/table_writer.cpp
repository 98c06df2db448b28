#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "models/base/conversions.h"
#include "traces/builtins.h"
#include "traces/human.h"
#include "traces/sparsity_table.h"
#include "traces/text_table.h"
#include "traces/uncertainty_report.h"

namespace mensa::traces {
namespace {

constexpr double kMicrosecondsPerSecond = 1e6;

/// The unit for a column of energies.
struct EnergyUnit {
  std::string_view name;
  double picojoules;
};
constexpr EnergyUnit kMicrojoule = {"uJ", 1e6};
constexpr EnergyUnit kNanojoule = {"nJ", 1e3};

/// The larger one, unless it would leave the largest value below ten.
EnergyUnit unit_for(double largest_picojoules) {
  constexpr double kLeast = 10;
  return largest_picojoules >= kLeast * kMicrojoule.picojoules ? kMicrojoule : kNanojoule;
}

bool is_approximate(const LayerReport& layer) { return !layer.approximation.empty(); }

/// How much of the run is only approximate; nothing where all of it is what the model asks for.
std::string approximate_line(const Report& report) {
  std::size_t layers = 0;
  double picojoules = 0;
  for (const LayerReport& layer : report.layers) {
    if (!is_approximate(layer)) continue;
    ++layers;
    picojoules += layer.cost.energy.total().value();
  }
  if (layers == 0) return "";
  const double all = report.totals.energy.total().value();
  return labelled(
      "Approximate",
      fmt::format("{} of {} layers, with {} % of the energy: see the notes; marked ! "
                  "in the table",
                  layers, report.layers.size(), percent(all > 0 ? picojoules / all : 0)));
}

std::string heading_of(const Report& report) {
  const ModelSummary& model = report.model;
  std::string text = fmt::format("mensa {}\n", report.provenance.version);
  text += labelled("Model", fmt::format("{} ({}): {} layers, {} MACs, {} parameters", model.name,
                                        report.provenance.model_file, model.layers,
                                        si_count(model.macs), si_count(model.parameters)));
  text += labelled("System", report.system.name);
  text += labelled("Policy", report.policy.name);
  text += labelled("Objective", report.policy.objective);
  text += labelled("Mapper", report.provenance.mapper);
  text += labelled("Precision", report.precision_note);
  for (const std::string& warning : report.system.warnings) text += labelled("Warning", warning);
  for (const std::string& note : model.notes) text += labelled("Note", note);
  text += approximate_line(report);
  return text;
}

std::string op_text(const LayerReport& layer) {
  std::vector<std::string> fused;
  for (const FusedNode& node : layer.fused) fused.push_back(node.op);
  return operator_label(layer.op, fused) + (is_approximate(layer) ? " !" : "");
}

std::string family_text(const std::optional<Family>& family) {
  if (!family) return "-";
  return fmt::format("{}{}", family->inside ? "" : "~", family->number);
}

std::string layer_table(const Report& report) {
  double largest = 0;
  for (const LayerReport& layer : report.layers) {
    largest = std::max(largest, layer.cost.energy.total().value());
  }
  const EnergyUnit unit = unit_for(largest);
  TextTable table({{"#"},
                   {"layer", Align::kLeft},
                   {"op", Align::kLeft},
                   {"accelerator", Align::kLeft},
                   {"family"},
                   {"MACs"},
                   {"start us"},
                   {"time us"},
                   {fmt::format("energy {}", unit.name)},
                   {"DRAM KiB"},
                   {"util %"},
                   {"bound", Align::kLeft}});
  for (const LayerReport& layer : report.layers) {
    const base::Bytes dram = layer.cost.dram.read() + layer.cost.dram.write();
    table.add_row({fmt::format("{}", layer.id), layer.name, op_text(layer), layer.accelerator,
                   family_text(layer.family), layer.macs > 0 ? si_count(layer.macs) : "-",
                   fmt::format("{:.2f}", layer.start.value() * kMicrosecondsPerSecond),
                   fmt::format("{:.2f}", layer.cost.time.value() * kMicrosecondsPerSecond),
                   fmt::format("{:.2f}", layer.cost.energy.total().value() / unit.picojoules),
                   fmt::format("{:.1f}", static_cast<double>(dram.value()) / base::kBytesPerKib),
                   layer.macs > 0 ? percent(layer.cost.pe_utilization) : "-",
                   std::string(accelerators::to_string(layer.cost.bound))});
  }
  return table.to_string() +
         "family: ~ marks the nearest one where no family's box holds the layer. "
         "util: MACs over what the accelerator's PEs could do.\n" +
         (approximate_line(report).empty() ? "" : "op: ! marks layers that are approximate.\n");
}

std::string latency_text(const Totals& totals) {
  const double simulated = totals.latency.value();
  const double analytic = totals.analytic_latency.value();
  std::string text =
      fmt::format("{} simulated, {} analytic", si(simulated, "s"), si(analytic, "s"));
  if (analytic > 0) text += fmt::format(" ({:+.1f} %)", (simulated / analytic - 1) * 100);
  if (totals.ideal_latency) {
    text += fmt::format(", {} at ideal memories", si(totals.ideal_latency->value(), "s"));
  }
  return text;
}

/// Each in its unit with how far the schedule is above it.
std::string_view words_of_bound(const std::string& kind) {
  if (kind == "optimum") return "the best schedules in sequence";
  if (kind == "optimum_in_order")
    return "the best schedules in sequence in the order of the layers";
  if (kind == "search_in_order") {
    return "no schedule in the order of the layers is below, by a search that was cut short";
  }
  return "no schedule is below, by the relaxation";
}

std::string bounds_text(const std::vector<BoundReport>& bounds) {
  std::string text;
  for (const BoundReport& bound : bounds) {
    const std::string value = bound.objective == "latency" ? si(bound.bound, "s")
                              : bound.objective == "energy"
                                  ? si(bound.bound * base::kJoulesPerPicojoule, "J")
                                  : si(bound.bound * base::kJoulesPerPicojoule, "Js");
    if (!text.empty()) text += ", ";
    // In tenths of a per cent; what rounding leaves below the bound is no minus.
    const double gap = std::round(bound.gap() * 1000) / 10 + 0.0;
    text += fmt::format("{} {} ({:+.1f} %)", bound.objective, value, gap);
  }
  return fmt::format("{}: {}", words_of_bound(bounds.front().kind), text);
}

std::string feedback_text(const FeedbackReport& feedback) {
  const std::size_t count = feedback.rounds.size();
  std::string text = feedback.is_stable ? fmt::format("stable after {} rounds", count)
                                        : fmt::format("not stable in {} rounds", count);
  text += fmt::format("; simulated best: the plan of round {}", feedback.chosen + 1);
  const base::Seconds first = feedback.rounds.front().latency;
  if (feedback.chosen > 0 && first > base::Seconds(0)) {
    text += fmt::format(", {:+.1f} % of the first one's time",
                        100 * (feedback.rounds[feedback.chosen].latency.ratio(first) - 1));
  }
  return text;
}

std::string totals_of(const Report& report) {
  const Totals& totals = report.totals;
  std::string text;
  text += labelled("Latency", latency_text(totals));
  if (!report.bounds.empty()) text += labelled("Bounds", bounds_text(report.bounds));
  if (report.feedback) text += labelled("Feedback", feedback_text(*report.feedback));
  if (!report.simulation.bandwidth_shares.empty()) {
    text += labelled("Planned at", shares_text(report.simulation.bandwidth_shares));
  }
  if (report.stream) {
    const StreamReport& stream = *report.stream;
    text += labelled("Stream",
                     fmt::format("{} inferences in {}, {} inferences/s in its second half, {} per "
                                 "inference",
                                 stream.inferences, si(stream.elapsed.value(), "s"),
                                 plain_number(stream.steady_inferences_per_second),
                                 si(stream.joules_per_inference, "J")));
  }
  text += labelled("Throughput",
                   fmt::format("{} inferences/s, {}", plain_number(totals.inferences_per_second()),
                               si(totals.flops(), "FLOP/s")));
  text += labelled("Energy", fmt::format("{} per inference, {}", si(totals.joules(), "J"),
                                         si(totals.flops_per_joule(), "FLOP/J")));
  text += labelled(
      "PEs", fmt::format("{} % of the running accelerator, {} % of the system",
                         percent(totals.pe_utilization), percent(totals.system_pe_utilization)));
  text += labelled("DRAM", fmt::format("{} read, {} written", binary_bytes(totals.dram_read),
                                       binary_bytes(totals.dram_write)));
  text += labelled("Transfers", fmt::format("{} between accelerators, {}", totals.transfers,
                                            binary_bytes(totals.transfer_bytes)));
  for (const AcceleratorReport& accelerator : report.accelerators) {
    if (accelerator.kept_parameters == base::Bytes(0)) continue;
    text +=
        labelled("Parameters",
                 fmt::format("{} stay on {} from one inference to the next; one inference alone "
                             "loads them",
                             binary_bytes(accelerator.kept_parameters), accelerator.name));
  }
  return text;
}

std::string energy_table(const accelerators::EnergyBreakdown& energy) {
  const std::array<std::pair<std::string_view, base::Picojoules>, 7> components = {
      {{"MAC", energy.mac},
       {"register file", energy.register_file},
       {"buffer", energy.buffer},
       {"network", energy.network},
       {"DRAM", energy.dram},
       {"static", energy.static_energy},
       {"host", energy.host}}};
  const double total = energy.total().value();
  const EnergyUnit unit = unit_for(total);
  TextTable table({{"energy by component", Align::kLeft}, {std::string(unit.name)}, {"%"}});
  for (const auto& [name, part] : components) {
    table.add_row({std::string(name), fmt::format("{:.2f}", part.value() / unit.picojoules),
                   total > 0 ? percent(part.value() / total) : "-"});
  }
  return table.to_string();
}

std::string accelerator_table(const Report& report) {
  const double total = report.totals.energy.total().value();
  const EnergyUnit unit = unit_for(total);
  TextTable table({{"accelerator", Align::kLeft},
                   {"array"},
                   {"clock"},
                   {"dataflow", Align::kLeft},
                   {"peak"},
                   {"layers"},
                   {"MACs"},
                   {"busy us"},
                   {"active us"},
                   {"util % active"},
                   {"util % run"},
                   {fmt::format("energy {}", unit.name)},
                   {"%"}});
  for (const AcceleratorReport& part : report.accelerators) {
    const auto& known = report.system.accelerators;
    const auto summary = std::find_if(known.begin(), known.end(), [&](const AcceleratorSummary& s) {
      return s.name == part.name;
    });
    const bool is_host = summary == known.end();
    const double energy = part.energy.total().value();
    const auto utilization = [](const std::optional<double>& ratio) {
      return ratio ? percent(*ratio) : std::string("-");
    };
    table.add_row({part.name, is_host ? "-" : fmt::format("{}x{}", summary->rows, summary->columns),
                   is_host ? "-" : si(summary->clock.value(), "Hz"),
                   is_host ? "-" : summary->dataflow,
                   is_host ? "-" : si(summary->peak_macs_per_s * base::kFlopPerMac, "FLOP/s"),
                   fmt::format("{}", part.layers), si_count(part.macs),
                   fmt::format("{:.2f}", part.busy.value() * kMicrosecondsPerSecond),
                   fmt::format("{:.2f}", part.active.value() * kMicrosecondsPerSecond),
                   utilization(part.pe_utilization), utilization(part.makespan_pe_utilization),
                   fmt::format("{:.2f}", energy / unit.picojoules),
                   total > 0 ? percent(energy / total) : "-"});
  }
  return table.to_string();
}

std::string buffer_table(const Report& report) {
  TextTable table({{"accelerator", Align::kLeft},
                   {"buffer", Align::kLeft},
                   {"capacity"},
                   {"most in it"},
                   {"%"}});
  for (const AcceleratorReport& part : report.accelerators) {
    for (const BufferReport& buffer : part.buffers) {
      table.add_row({part.name, buffer.name, binary_bytes(buffer.capacity),
                     binary_bytes(buffer.peak), percent(buffer.peak_share())});
    }
  }
  return table.to_string();
}

std::vector<std::pair<std::string, sim::ActivityTimes>> activities_of(const Report& report) {
  std::vector<std::pair<std::string, sim::ActivityTimes>> rows;
  for (const AcceleratorReport& part : report.accelerators) {
    rows.emplace_back(part.name, part.activities);
  }
  return rows;
}

std::string area_table(const SystemSummary& system) {
  TextTable table({{"area mm2", Align::kLeft},
                   {"PE array"},
                   {"register files"},
                   {"buffers"},
                   {"vector unit"},
                   {"network"},
                   {"total"}});
  const auto add = [&table](const std::string& name, const accelerators::AreaBreakdown& area) {
    std::vector<std::string> cells = {name};
    for (const base::SquareMillimetres part : {area.pe_array, area.register_files, area.buffers,
                                               area.vector_unit, area.network, area.total()}) {
      cells.push_back(fmt::format("{:.3f}", part.value()));
    }
    table.add_row(std::move(cells));
  };
  for (const AcceleratorSummary& accelerator : system.accelerators) {
    add(accelerator.name, accelerator.area);
  }
  if (system.accelerators.size() > 1) add("all accelerators", system.area);
  return table.to_string() + "Memories and the host are not part of the area.\n";
}

std::string with_blank_line(const std::string& table) { return table.empty() ? "" : table + '\n'; }

class TableWriter final : public ReportWriter {
 public:
  void write(const Report& report, std::ostream& out) const override {
    out << heading_of(report) << '\n'
        << layer_table(report) << '\n'
        << with_blank_line(sparsity_table(report)) << totals_of(report) << '\n'
        << energy_table(report.totals.energy) << '\n'
        << with_blank_line(kernel_table(report))
        << (report.uncertainty ? uncertainty_text(*report.uncertainty) + '\n' : "")
        << accelerator_table(report) << '\n'
        << activity_table(activities_of(report)) << '\n'
        << buffer_table(report) << '\n'
        << area_table(report.system);
  }
};

}  // namespace

std::unique_ptr<ReportWriter> make_table_writer() { return std::make_unique<TableWriter>(); }

}  // namespace mensa::traces
