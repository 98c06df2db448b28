#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <string>
#include <vector>

#include "cli/inspect/coverage.h"
#include "cli/inspect/inspect.h"
#include "cli/work_text.h"
#include "models/graph/joint_density.h"
#include "scheduler/traits/layer_traits.h"
#include "traces/human.h"
#include "traces/text_table.h"

namespace mensa::cli {
namespace {

using models::Layer;
using traces::Align;
using traces::si_count;
using traces::TextTable;

constexpr std::size_t kAfterNote = 6;
/// Wider than reports: the loop bounds of a convolution are what one looks for.
constexpr std::size_t kInspectWidth = 170;

std::string op_text(const Layer& layer) {
  std::vector<std::string> fused;
  for (const models::Epilogue& epilogue : layer.epilogue) fused.push_back(epilogue.op);
  return traces::operator_label(layer.op, fused) + (layer.approximation.empty() ? "" : " !");
}

/// Element types of the first parameter and the first activation, as the file has them.
std::string types_text(const models::Graph& graph, const Layer& layer) {
  const std::vector<models::TensorId> inputs = graph.activation_inputs(layer);
  const models::TensorId activation = inputs.empty() ? layer.outputs.front() : inputs.front();
  const std::string type = models::short_name(graph.tensor(activation).type);
  if (layer.parameters.empty()) return type;
  const std::string parameters = models::short_name(graph.tensor(layer.parameters.front()).type);
  return parameters == type ? type : parameters + ' ' + type;
}

/// Steps of a recurrence, marked where they need not wait for each other.
std::string steps_text(const models::Graph& graph, const Layer& layer) {
  if (!layer.recurrence) return "-";
  return fmt::format("{}{}", graph.steps(layer), layer.time_batchable ? "*" : "");
}

/// Share of the parameters that are not zero, with the pattern of the first that has one. In
/// brackets where it is taken to be so; "?" where the values tell nothing.
std::string density_text(const models::Graph& graph, const Layer& layer) {
  const auto density = models::joint_density(graph, layer.parameters);
  if (!density) return "-";
  if (!density->value) return "?";
  if (density->origin != models::DensityOrigin::kMeasured) {
    return fmt::format("({:.2f})", *density->value);
  }
  for (const models::TensorId id : layer.parameters) {
    const auto& structure = graph.tensor(id).sparsity->structure;
    if (!structure || !structure->pattern) continue;
    return fmt::format("{:.2f} {}:{}", *density->value, structure->pattern->nonzeros,
                       structure->pattern->of);
  }
  return fmt::format("{:.2f}", *density->value);
}

std::string layer_table(const models::Graph& graph, const scheduler::FamilyTable& families) {
  TextTable table({{"#"},
                   {"layer", Align::kLeft},
                   {"op", Align::kLeft},
                   {"work of one step", Align::kLeft},
                   {"steps"},
                   {"MACs"},
                   {"params"},
                   {"types", Align::kLeft},
                   {"density"},
                   {"act in"},
                   {"act out"},
                   {"reuse"},
                   {"family"}});
  for (const models::LayerId id : graph.topological_order()) {
    const Layer& layer = graph.layer(id);
    const scheduler::LayerTraits traits = scheduler::layer_traits(graph, layer);
    const auto family = families.classify(traits);
    table.add_row({fmt::format("{}", id.index()), layer.name, op_text(layer), work_text(layer.work),
                   steps_text(graph, layer), traits.macs > 0 ? si_count(traits.macs) : "-",
                   traits.parameter_bytes > 0 ? si_count(traits.parameter_bytes) : "-",
                   types_text(graph, layer), density_text(graph, layer),
                   si_count(traits.input_bytes), si_count(traits.output_bytes),
                   ratio_or_dash(traits.parameter_reuse),
                   family ? fmt::format("{}{}", family->inside ? "" : "~", family->number) : "-"});
  }
  return table.to_string(kInspectWidth);
}

std::string family_table(const models::Graph& graph, const scheduler::FamilyTable& families) {
  struct Count {
    std::int64_t layers = 0;
    std::int64_t inside = 0;
    std::int64_t macs = 0;
  };
  std::map<int, Count> counts;
  for (const Layer& layer : graph.layers()) {
    const auto match = families.classify(scheduler::layer_traits(graph, layer));
    if (!match) continue;
    Count& count = counts[match->number];
    ++count.layers;
    count.inside += match->inside ? 1 : 0;
    count.macs += graph.macs(layer);
  }
  TextTable table({{"family"}, {"layers"}, {"inside"}, {"MACs"}, {"meaning", Align::kLeft}});
  for (const scheduler::Family& family : families.families()) {
    const Count& count = counts[family.number];
    table.add_row({fmt::format("{}", family.number), fmt::format("{}", count.layers),
                   fmt::format("{}", count.inside), si_count(count.macs), family.description});
  }
  return table.to_string();
}

/// Operators by what they ask for, below a line that sums up.
std::string coverage_table(const models::Graph& graph) {
  const Coverage found = coverage(graph);
  const auto count = [](std::int64_t value) { return value > 0 ? si_count(value) : "-"; };
  const auto plain = [](std::size_t value) { return value > 0 ? fmt::format("{}", value) : "-"; };
  TextTable table({{"operator", Align::kLeft},
                   {"layers"},
                   {"fused"},
                   {"MACs"},
                   {"operations"},
                   {"moved"},
                   {"params"},
                   {"approximate"}});
  for (const OperatorCoverage& op : found.operators) {
    table.add_row({op.op, plain(op.layers), plain(op.fused), count(op.macs), count(op.operations),
                   count(op.elements_moved), count(op.parameters), plain(op.approximate)});
  }
  const OperatorCoverage& all = found.total;
  return fmt::format(
             "Coverage: {} layers for {} nodes that do something; {} MACs, {} vector operations, "
             "{} "
             "elements moved; {}\n",
             all.layers, found.nodes, si_count(all.macs), si_count(all.operations),
             si_count(all.elements_moved),
             all.approximate == 0 ? "nothing approximate"
                                  : fmt::format("{} layers approximate, marked ! and in the notes",
                                                all.approximate)) +
         table.to_string() +
         "Of all time steps. fused: nodes that run behind another's layer. params: elements, a "
         "shared tensor each time.\n";
}

/// Nodes that layers stand for beside their own and those fused behind them.
std::string merged_table(const models::Graph& graph) {
  TextTable table({{"layer", Align::kLeft}, {"stands for", Align::kLeft}});
  bool any = false;
  for (const models::LayerId id : graph.topological_order()) {
    const Layer& layer = graph.layer(id);
    std::vector<std::string> nodes = layer.merged;
    for (const models::Epilogue& fused : layer.epilogue) {
      if (fused.node != graph.group_name(layer.group)) nodes.push_back(fused.node);
      nodes.insert(nodes.end(), fused.merged.begin(), fused.merged.end());
    }
    if (nodes.empty()) continue;
    any = true;
    table.add_row({layer.name, fmt::format("{}", fmt::join(nodes, ", "))});
  }
  return any ? '\n' + table.to_string(kInspectWidth) : "";
}

}  // namespace

std::string inspect_table(const LoadedModel& model, const scheduler::FamilyTable& families) {
  const models::Graph& graph = model.graph;
  std::string text =
      fmt::format("{} ({}): {} layers, {} MACs, {} parameters\n", traces::printable(graph.name()),
                  traces::printable(model.path.filename().string()), graph.layers().size(),
                  si_count(graph.macs()), si_count(graph.parameter_elements()));
  for (const std::string& note : graph.notes()) {
    text +=
        "Note  " + traces::wrapped(traces::printable(note), traces::kLineWidth, kAfterNote) + '\n';
  }
  text += '\n' + layer_table(graph, families);
  text +=
      "Figures are of one time step, before any batching over time, with parameters and "
      "activations "
      "of 8 bits (params, act: bytes; reuse: MACs per parameter).\n"
      "types: of parameters and activations in the file; one where they are the same. "
      "density: share of parameters that are not zero; ? unknown, () taken to be so.\n"
      "steps: of a recurrence; * marks those that need not wait for each other. "
      "family: ~ marks the nearest one where no family's box holds the layer.\n";
  text += merged_table(graph);
  text += '\n' + coverage_table(graph) + '\n';
  return text + family_table(graph, families);
}

}  // namespace mensa::cli
