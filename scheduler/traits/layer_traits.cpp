#include "scheduler/traits/layer_traits.h"

namespace mensa::scheduler {

using models::MacOperand;

LayerTraits layer_traits(const models::Graph& graph, const models::Layer& layer) {
  LayerTraits traits;
  traits.steps = graph.steps(layer);
  traits.macs = graph.macs(layer) / traits.steps;
  traits.parameter_bytes = graph.parameter_elements(layer);
  if (const auto* mac = std::get_if<models::MacWork>(&layer.work)) {
    traits.input_bytes = mac->shape.elements(MacOperand::kInputs);
    traits.output_bytes = mac->shape.elements(MacOperand::kOutputs);
    if (layer.parameters.empty()) traits.input_bytes += mac->shape.elements(MacOperand::kWeights);
  } else if (const auto* vector = std::get_if<models::VectorWork>(&layer.work)) {
    traits.input_bytes = vector->elements_in;
    traits.output_bytes = vector->elements_out;
  } else {
    traits.input_bytes = traits.output_bytes = std::get<models::MoveWork>(layer.work).elements;
  }
  for (const models::Epilogue& epilogue : layer.epilogue) {
    traits.input_bytes +=
        static_cast<std::int64_t>(epilogue.extra_inputs.size()) * epilogue.work.elements_out;
  }
  const auto macs = static_cast<double>(traits.macs);
  if (traits.parameter_bytes > 0) {
    traits.parameter_reuse = macs / static_cast<double>(traits.parameter_bytes);
  }
  const std::int64_t activations = traits.input_bytes + traits.output_bytes;
  if (activations > 0) traits.activation_reuse = macs / static_cast<double>(activations);
  return traits;
}

}  // namespace mensa::scheduler
