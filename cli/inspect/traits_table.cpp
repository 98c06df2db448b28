#include <fmt/format.h>

#include <string>

#include "cli/inspect/inspect.h"
#include "scheduler/traits/layer_traits.h"
#include "traces/human.h"
#include "traces/text_table.h"

namespace mensa::cli {
namespace {

using traces::Align;
using traces::si_count;
using traces::TextTable;

constexpr std::size_t kTraitsWidth = 170;

std::string count_text(std::int64_t count) { return count > 0 ? si_count(count) : "-"; }

/// In brackets where it is taken to be so; "?" where the values tell nothing.
std::string density_text(const std::optional<models::JointDensity>& density) {
  if (!density) return "-";
  if (!density->value) return "?";
  return density->origin == models::DensityOrigin::kMeasured
             ? fmt::format("{:.2f}", *density->value)
             : fmt::format("({:.2f})", *density->value);
}

std::string bits_text(const scheduler::LayerTraits& traits) {
  if (traits.parameter_bits == 0) return fmt::format("-/{}", traits.activation_bits);
  return fmt::format("{}/{}", traits.parameter_bits, traits.activation_bits);
}

}  // namespace

std::string ratio_or_dash(double ratio) { return ratio > 0 ? traces::plain_number(ratio) : "-"; }

std::string traits_table(const LoadedModel& model, const scheduler::FamilyTable& families) {
  const models::Graph& graph = model.graph;
  TextTable table({{"#"},
                   {"layer", Align::kLeft},
                   {"op", Align::kLeft},
                   {"steps"},
                   {"MACs"},
                   {"operations"},
                   {"params B"},
                   {"in B"},
                   {"out B"},
                   {"param reuse"},
                   {"act reuse"},
                   {"MAC/B"},
                   {"FLOP/B"},
                   {"bits"},
                   {"dens p"},
                   {"a"},
                   {"family"}});
  for (const models::LayerId id : graph.topological_order()) {
    const models::Layer& layer = graph.layer(id);
    const scheduler::LayerTraits traits = scheduler::layer_traits(graph, layer);
    const auto family = families.classify(traits);
    table.add_row({fmt::format("{}", id.index()), layer.name, layer.op,
                   fmt::format("{}", traits.steps), count_text(traits.macs),
                   count_text(traits.operations), count_text(traits.parameter_bytes),
                   count_text(traits.input_bytes), count_text(traits.output_bytes),
                   ratio_or_dash(traits.parameter_reuse), ratio_or_dash(traits.activation_reuse),
                   ratio_or_dash(traits.mac_intensity), ratio_or_dash(traits.arithmetic_intensity),
                   bits_text(traits), density_text(traits.parameter_density),
                   density_text(traits.activation_density),
                   family ? fmt::format("{}{}", family->inside ? "" : "~", family->number) : "-"});
  }
  return fmt::format("{} ({}): traits of {} layers\n\n", traces::printable(graph.name()),
                     traces::printable(model.path.filename().string()), graph.layers().size()) +
         table.to_string(kTraitsWidth) +
         "Of one time step, before any batching over time; params, in and out at a byte for each "
         "parameter and activation.\n"
         "param reuse: MACs per parameter byte, and as FLOP/B. act reuse: MACs per activation "
         "byte. "
         "MAC/B, FLOP/B: over the bytes of all operands,\n"
         "each once; a MAC is 2 FLOP, a vector operation 1. bits: parameters/activations in the "
         "model. density: share of parameters (p) and of\n"
         "activations read (a) that are not zero; ? unknown, () taken to be so. family: ~ marks "
         "the "
         "nearest one where no family's box holds the layer.\n";
}

}  // namespace mensa::cli
