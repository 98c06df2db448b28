#include "traces/touched_bytes.h"

#include <algorithm>

namespace mensa::traces {
namespace {

using models::Layer;
using models::MacOperand;
using models::MacWork;
using models::MoveWork;
using models::TensorId;
using models::VectorWork;

/// Elements of one activation that one step of the work itself takes at the most.
std::int64_t elements_wanted(const Layer& layer, TensorId input) {
  if (const auto* mac = std::get_if<MacWork>(&layer.work)) {
    const bool second_factor = layer.parameters.empty() && input != layer.inputs.front();
    return mac->shape.elements(second_factor ? MacOperand::kWeights : MacOperand::kInputs);
  }
  if (const auto* vector = std::get_if<VectorWork>(&layer.work)) return vector->elements_in;
  return std::get<MoveWork>(layer.work).elements;
}

/// Elements that one step leaves: values that the layer hands on under two names (the result of a
/// step, and the list of all results) count once, and so the work says it, not the tensors.
std::int64_t elements_left(const Layer& layer, std::int64_t of_tensors) {
  if (const auto* mac = std::get_if<MacWork>(&layer.work)) {
    return std::min(of_tensors, mac->shape.elements(MacOperand::kOutputs));
  }
  if (const auto* vector = std::get_if<VectorWork>(&layer.work)) {
    return std::min(of_tensors, vector->elements_out);
  }
  return std::min(of_tensors, std::get<MoveWork>(layer.work).elements);
}

}  // namespace

TouchedBytes touched_bytes(const scheduler::SchedulingProblem& problem,
                           const scheduler::Schedule& schedule, models::LayerId id) {
  const scheduler::ScheduledLayer& scheduled = schedule.at(id);
  const models::Graph& graph = problem.graph();
  const accelerators::CostTable& costs = problem.costs();
  const Layer& layer = graph.layer(id);
  const accelerators::LayerFormats& formats = costs.formats();
  const std::int64_t steps = graph.steps(layer);
  const auto bytes = [&](const models::Tensor& tensor, std::int64_t elements) {
    const auto packed =
        base::packed_bytes(elements, formats.tensor_bits(tensor.id, scheduled.accelerator));
    const double share = costs.share_in_dram(tensor.id, scheduled.accelerator);
    return share == 1 ? packed
                      : base::Bytes(
                            static_cast<std::int64_t>(static_cast<double>(packed.value()) * share));
  };

  TouchedBytes touched;
  touched.parameters =
      costs.parameter_bytes(layer, scheduled.accelerator, accelerators::Level::kDram);
  const auto* const move = std::get_if<MoveWork>(&layer.work);
  if (move != nullptr && !layer.parameters.empty()) {
    const int bits = formats.parameter_bits(layer, layer.parameters.front(), scheduled.accelerator);
    touched.parameters =
        std::min(touched.parameters, base::packed_bytes(move->elements * steps, bits));
  }

  const std::vector<TensorId> inputs = graph.activation_inputs(layer);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const models::Tensor& tensor = graph.tensor(inputs[i]);
    const bool main =
        std::find(layer.inputs.begin(), layer.inputs.end(), inputs[i]) != layer.inputs.end();
    std::int64_t of_step = graph.elements_per_step(layer, inputs[i]);
    if (main) of_step = std::min(of_step, elements_wanted(layer, inputs[i]));
    std::int64_t elements = of_step * steps;
    if (!tensor.per_step_of) elements = std::min(elements, tensor.elements());
    touched.inputs += bytes(tensor, elements);
    if (scheduled.residency.has_input(i)) {
      touched.resident_inputs += bytes(tensor, elements);
    }
  }

  std::int64_t of_tensors = 0;
  for (const TensorId output : layer.outputs) {
    const models::Tensor& tensor = graph.tensor(output);
    of_tensors += tensor.per_step_of ? tensor.elements() : tensor.elements() / steps;
  }
  touched.outputs = base::packed_bytes(elements_left(layer, of_tensors) * steps,
                                       formats.output_bits(layer, scheduled.accelerator));
  if (scheduled.residency.output) touched.resident_outputs = touched.outputs;
  return touched;
}

}  // namespace mensa::traces
