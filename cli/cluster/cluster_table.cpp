#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <limits>

#include "cli/cluster/cluster_report.h"
#include "models/base/version.h"
#include "scheduler/traits/named_traits.h"
#include "traces/human.h"
#include "traces/text_table.h"

namespace mensa::cli {
namespace {

using traces::Align;
using traces::TextTable;

/// Wider than reports, as the tables of mensa inspect are.
constexpr std::size_t kTableWidth = 170;
constexpr std::size_t kHeadingIndent = 12;
constexpr std::size_t kOperatorsShown = 3;

std::string share_text(double part, double whole) {
  return whole > 0 ? traces::percent(part / whole) : "-";
}

std::string number(double value) {
  constexpr double kLarge = 1000;
  if (value >= kLarge) {
    std::string text = traces::si(value, "");
    while (text.back() == ' ') text.pop_back();
    return text;
  }
  return value > 0 ? fmt::format("{:.3g}", value) : "0";
}

std::string operators_text(const ClusterSummary& cluster) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < std::min(kOperatorsShown, cluster.operators.size()); ++i) {
    names.push_back(fmt::format("{} {}", cluster.operators[i].second, cluster.operators[i].first));
  }
  if (cluster.operators.size() > kOperatorsShown) names.emplace_back("...");
  return names.empty() ? "-" : fmt::format("{}", fmt::join(names, ", "));
}

/// The other accelerators: how many times worse they are, or how many layers do not run there.
std::string others_text(const ClusterReport& report, const ClusterSummary& cluster) {
  const scheduler::PreferredAccelerator& choice = cluster.choice;
  std::vector<std::string> others;
  for (std::size_t i = 0; i < choice.accelerators.size(); ++i) {
    const scheduler::AcceleratorOnCluster& one = choice.accelerators[i];
    if (cluster.layers == 0 || (choice.best && choice.best->index() == i)) continue;
    others.push_back(
        one.layers_that_do_not_run > 0
            ? fmt::format("{} cannot run {}", report.accelerators[i], one.layers_that_do_not_run)
            : fmt::format("{} {}x", report.accelerators[i],
                          number(one.score / choice.accelerators[choice.best->index()].score)));
  }
  return others.empty() ? "-" : fmt::format("{}", fmt::join(others, ", "));
}

std::vector<std::string> summary_row(const ClusterReport& report, const std::string& name,
                                     const ClusterSummary& cluster,
                                     const std::string& description) {
  const auto part = [](auto value) { return static_cast<double>(value); };
  const auto& best = cluster.choice.best;
  return {name,
          fmt::format("{}", cluster.layers),
          share_text(part(cluster.layers), part(report.all.layers)),
          share_text(part(cluster.macs), part(report.all.macs)),
          share_text(part(cluster.parameter_bytes), part(report.all.parameter_bytes)),
          best ? report.accelerators[best->index()] : "-",
          others_text(report, cluster),
          operators_text(cluster),
          description};
}

std::string summary_table(const ClusterReport& report) {
  TextTable table({{"cluster", Align::kLeft},
                   {"layers"},
                   {"%"},
                   {"MACs %"},
                   {"params %"},
                   {"best", Align::kLeft},
                   {"others", Align::kLeft},
                   {"operators", Align::kLeft},
                   {"meaning", Align::kLeft}});
  for (std::size_t i = 0; i < report.clusters.size(); ++i) {
    const scheduler::Cluster& cluster = report.clustering->clusters()[i];
    table.add_row(summary_row(report, cluster.name, report.clusters[i], cluster.description));
  }
  if (report.unclustered.layers > 0) {
    table.add_row(summary_row(report, "none", report.unclustered, "no parameters"));
  }
  return table.to_string(kTableWidth);
}

std::string range_table(const ClusterReport& report) {
  std::vector<TextTable::Column> columns = {{"cluster", Align::kLeft}, {"", Align::kLeft}};
  for (const scheduler::NamedTrait& trait : scheduler::named_traits()) {
    columns.push_back({std::string(trait.heading)});
  }
  TextTable table(std::move(columns));
  const auto add = [&](const std::string& name, const ClusterSummary& cluster) {
    if (cluster.layers == 0) return;
    std::vector<std::string> least = {name, "least"};
    std::vector<std::string> median = {"", "median"};
    std::vector<std::string> most = {"", "most"};
    for (const TraitRange& range : cluster.ranges) {
      least.push_back(number(range.least));
      median.push_back(number(range.median));
      most.push_back(number(range.most));
    }
    table.add_row(std::move(least));
    table.add_row(std::move(median));
    table.add_row(std::move(most));
  };
  for (std::size_t i = 0; i < report.clusters.size(); ++i) {
    add(report.clustering->clusters()[i].name, report.clusters[i]);
  }
  add("none", report.unclustered);
  return table.to_string(kTableWidth);
}

std::string agreement_table(const ClusterReport& report) {
  TextTable table({{"clustering", Align::kLeft},
                   {"and", Align::kLeft},
                   {"layers"},
                   {"adjusted Rand index"},
                   {"", Align::kLeft}});
  for (const Agreement& pair : report.agreement) {
    table.add_row({pair.first, pair.second, fmt::format("{}", pair.layers),
                   pair.rand_index ? fmt::format("{:.3f}", *pair.rand_index) : "-", pair.reason});
  }
  return table.to_string(kTableWidth);
}

std::string heading(const ClusterReport& report) {
  std::vector<std::string> models;
  models.reserve(report.models.size());
  for (const ClusterReport::Model& model : report.models) {
    models.push_back(fmt::format("{} ({} layers)", traces::printable(model.file), model.layers));
  }
  const auto wrapped = [](const std::string& text) {
    return traces::wrapped(text, traces::kLineWidth, kHeadingIndent);
  };
  return fmt::format(
      "mensa {}\nModels      {}\nSystem      {}\nObjective   {}\nMapper      {}\nClustering  {}: "
      "{} layers with MACs in {} clusters\n",
      base::kVersion, wrapped(fmt::format("{}", fmt::join(models, ", "))),
      traces::printable(report.system), to_string(report.objective), report.mapper,
      report.clustering->specification(), report.all.layers, report.clusters.size());
}

/// What the figures leave out.
std::string notes(const ClusterReport& report) {
  std::string text;
  const auto note = [&](const std::string& line) {
    constexpr std::size_t kIndent = 6;
    text += "Note  " + traces::wrapped(line, traces::kLineWidth, kIndent) + '\n';
  };
  if (report.unclustered.layers > 0) {
    note(
        fmt::format("{} of the {} layers with MACs have no parameters (both factors are "
                    "activations): this clustering has no cluster for them, and a driver table "
                    "leaves them to their own costs.",
                    report.unclustered.layers, report.all.layers));
  }
  for (std::size_t i = 0; i < report.clusters.size(); ++i) {
    const ClusterSummary& cluster = report.clusters[i];
    const std::string& name = report.clustering->clusters()[i].name;
    if (cluster.layers == 0) {
      note(fmt::format("No layer is in {}: no accelerator is preferred for it.", name));
    }
    for (std::size_t a = 0; a < cluster.choice.accelerators.size(); ++a) {
      const std::size_t missing = cluster.choice.accelerators[a].layers_that_do_not_run;
      if (missing == 0) continue;
      note(fmt::format("{} cannot run {} of the {} layers of {}, and does not count for it.",
                       report.accelerators[a], missing, cluster.layers, name));
    }
    if (cluster.layers > 0 && !cluster.choice.best) {
      note(fmt::format("No accelerator runs every layer of {}: none is preferred for it.", name));
    }
  }
  return text;
}

}  // namespace

std::string cluster_table(const ClusterReport& report) {
  std::string text = heading(report) + notes(report) + '\n' + summary_table(report);
  text +=
      "%: of layers with MACs, of their MACs over all time steps, of the parameters they read. "
      "best: the lowest sum over the layers of latency, energy or their\nproduct, each layer "
      "alone; "
      "others: how many times that sum they have.\n\n";
  text += range_table(report);
  text +=
      "Traits of one time step, with parameters and activations of 8 bits. param reuse, act reuse: "
      "MACs per byte of parameters, and of activations;\nMAC/B, FLOP/B: over the bytes of all "
      "operands, each once (docs/clustering.md).\n\n";
  text += fmt::format(
      "In the boxes of the papers' five families: {} of {} layers with parameters, {} %. The "
      "papers "
      "say about 97 % of theirs (recalled, not re-read).\n\n",
      report.layers_in_boxes, report.layers_with_parameters,
      share_text(static_cast<double>(report.layers_in_boxes),
                 static_cast<double>(report.layers_with_parameters)));
  return text + agreement_table(report) +
         "1: the same clusters; 0: as much as chance gives. Of the layers that both have clusters "
         "for.\n";
}

}  // namespace mensa::cli
