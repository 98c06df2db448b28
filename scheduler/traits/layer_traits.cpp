#include "scheduler/traits/layer_traits.h"

#include <vector>

namespace mensa::scheduler {
namespace {

using models::MacOperand;

/// Activations that the work of one step reads and writes, without the epilogue.
void count_work(const models::Layer& layer, LayerTraits& traits) {
  if (const auto* mac = std::get_if<models::MacWork>(&layer.work)) {
    traits.input_bytes = mac->shape.elements(MacOperand::kInputs);
    traits.output_bytes = mac->shape.elements(MacOperand::kOutputs);
    if (layer.parameters.empty()) traits.input_bytes += mac->shape.elements(MacOperand::kWeights);
  } else if (const auto* vector = std::get_if<models::VectorWork>(&layer.work)) {
    traits.input_bytes = vector->elements_in;
    traits.output_bytes = vector->elements_out;
    traits.operations = vector->operations();
  } else {
    traits.input_bytes = traits.output_bytes = std::get<models::MoveWork>(layer.work).elements;
  }
}

/// 0 over nothing.
double per_byte(double work, std::int64_t bytes) {
  return bytes > 0 ? work / static_cast<double>(bytes) : 0;
}

}  // namespace

LayerTraits layer_traits(const models::Graph& graph, const models::Layer& layer) {
  LayerTraits traits;
  traits.steps = graph.steps(layer);
  traits.macs = graph.macs(layer) / traits.steps;
  traits.parameter_bytes = graph.parameter_elements(layer);
  count_work(layer, traits);
  for (const models::Epilogue& epilogue : layer.epilogue) {
    traits.input_bytes +=
        static_cast<std::int64_t>(epilogue.extra_inputs.size()) * epilogue.work.elements_out;
    traits.operations += epilogue.work.operations();
  }

  const auto macs = static_cast<double>(traits.macs);
  const std::int64_t all_bytes = traits.parameter_bytes + traits.activation_bytes();
  traits.parameter_reuse = per_byte(macs, traits.parameter_bytes);
  traits.activation_reuse = per_byte(macs, traits.activation_bytes());
  traits.mac_intensity = per_byte(macs, all_bytes);
  traits.arithmetic_intensity =
      per_byte(2 * macs + static_cast<double>(traits.operations), all_bytes);

  const std::vector<models::TensorId> inputs = graph.activation_inputs(layer);
  const models::TensorId activation = inputs.empty() ? layer.outputs.front() : inputs.front();
  traits.activation_bits = models::bits(graph.tensor(activation).type);
  if (!layer.parameters.empty()) {
    traits.parameter_bits = models::bits(graph.tensor(layer.parameters.front()).type);
  }
  traits.parameter_density = models::joint_density(graph, layer.parameters);
  traits.activation_density = models::joint_density(graph, inputs);
  return traits;
}

}  // namespace mensa::scheduler
