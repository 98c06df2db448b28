#include "scheduler/traits/named_traits.h"

#include <string>

#include "models/base/error.h"

namespace mensa::scheduler {

const std::vector<NamedTrait>& named_traits() {
  static const std::vector<NamedTrait> kTraits = {
      {"macs", "MACs", "", "MACs of one step",
       [](const LayerTraits& traits) { return static_cast<double>(traits.macs); }},
      {"steps", "steps", "", "time steps",
       [](const LayerTraits& traits) { return static_cast<double>(traits.steps); }},
      {"parameter_bytes", "params B", "B", "parameters, a byte each",
       [](const LayerTraits& traits) { return static_cast<double>(traits.parameter_bytes); }},
      {"input_bytes", "in B", "B", "activations read in one step, a byte each",
       [](const LayerTraits& traits) { return static_cast<double>(traits.input_bytes); }},
      {"output_bytes", "out B", "B", "activations written in one step, a byte each",
       [](const LayerTraits& traits) { return static_cast<double>(traits.output_bytes); }},
      {"activation_bytes", "act B", "B", "activations read and written in one step, a byte each",
       [](const LayerTraits& traits) { return static_cast<double>(traits.activation_bytes()); }},
      {"parameter_reuse", "param reuse", "MAC/B", "MACs per parameter byte",
       [](const LayerTraits& traits) { return traits.parameter_reuse; }},
      {"activation_reuse", "act reuse", "MAC/B", "MACs per activation byte",
       [](const LayerTraits& traits) { return traits.activation_reuse; }},
      {"mac_intensity", "MAC/B", "MAC/B", "MACs per byte of all operands",
       [](const LayerTraits& traits) { return traits.mac_intensity; }},
      {"arithmetic_intensity", "FLOP/B", "FLOP/B", "FLOP per byte of all operands",
       [](const LayerTraits& traits) { return traits.arithmetic_intensity; }},
  };
  return kTraits;
}

const NamedTrait& find_trait(std::string_view name) {
  std::vector<std::string> known;
  known.reserve(named_traits().size());
  for (const NamedTrait& trait : named_traits()) {
    if (trait.name == name) return trait;
    known.emplace_back(trait.name);
  }
  throw base::Error(base::unknown_name_message("trait", name, known));
}

}  // namespace mensa::scheduler
