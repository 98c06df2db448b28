// What CostTable asks of vector and move work, and what it makes of the answer.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "accelerators/cost/all_runs.h"
#include "accelerators/cost/cost_table.h"

namespace mensa::accelerators {

using models::Layer;
using models::MoveWork;
using models::VectorWork;

EvaluationResult CostTable::compute_vector(const Layer& layer, AcceleratorId id,
                                           const LayerResidency& residency,
                                           base::Bytes parameters) {
  const bool on_host = id == host();
  const std::vector<models::TensorId> inputs = graph_.activation_inputs(layer);
  const std::int64_t steps = graph_.steps(layer);
  LayerEvaluation result;
  result.on_host = on_host;
  result.time_batched = steps > 1 && batches_over_time(layer, id);
  result.runs = result.time_batched ? 1 : steps;
  result.factors = formats_.factors(layer, id);
  result.bits = {result.factors.weights.bits, result.factors.activations.bits,
                 formats_.output_bits(layer, id), formats_.accumulator_bits(layer, id)};
  const std::int64_t batched_steps = result.time_batched ? steps : 1;

  VectorQuestion question;
  std::int64_t elements_in = 0;
  std::int64_t elements_out = 0;
  if (const auto* work = std::get_if<VectorWork>(&layer.work)) {
    question.operations = work->operations();
    elements_in = work->elements_in;
    elements_out = work->elements_out;
  } else {
    elements_in = elements_out = std::get<MoveWork>(layer.work).elements;
  }
  for (const models::Epilogue& epilogue : layer.epilogue) {
    question.operations += epilogue.work.operations();
  }
  question.operations *= batched_steps;
  elements_in *= batched_steps;
  elements_out *= batched_steps;
  if (!on_host && question.operations > 0 && system_.accelerator(id).vector_unit.lanes == 0) {
    return Infeasible{fmt::format("vector unit of {}", name(id)), "vector work", "no lanes",
                      "give the accelerator vector_lanes, or let the host run it"};
  }

  // Parameters: a move takes only the elements it moves (rows of an embedding), others all of them.
  const bool moves_parameters =
      std::holds_alternative<MoveWork>(layer.work) && !layer.parameters.empty();
  question.parameter_read = parameter_bytes(layer, id);
  if (residency.keeps_parameters()) {
    question.parameter_read = base::Bytes(0);
  } else if (moves_parameters) {
    question.parameter_read =
        std::min(question.parameter_read,
                 base::packed_bytes(elements_in,
                                    formats_.parameter_bits(layer, layer.parameters.front(), id)));
  } else if (parameters > base::Bytes(0)) {
    result.preload =
        base::whole_bursts(question.parameter_read, system_.burst(system_.accelerator(id).port));
    question.parameter_read = base::Bytes(0);
  }
  result.held_parameters = question.held_parameters = parameters;
  question.held = residency.others;

  // Activations: shares of the elements read, in proportion to what each tensor offers a run.
  std::vector<base::Bytes> offered;
  std::int64_t offered_elements = 0;
  for (const models::TensorId input : inputs) {
    const models::Tensor& tensor = graph_.tensor(input);
    const bool one_step_of_many =
        !tensor.per_step_of && layer.recurrence.has_value() && result.runs > 1 &&
        graph_.producer(input).has_value() &&
        graph_.layer(*graph_.producer(input)).recurrence == layer.recurrence;
    const std::int64_t elements =
        one_step_of_many ? base::ceil_div(tensor.elements(), result.runs) : tensor.elements();
    offered_elements += elements;
    offered.push_back(base::packed_bytes(elements, formats_.tensor_bits(input, id)));
  }
  const double taken =
      moves_parameters || offered_elements <= elements_in || offered_elements == 0
          ? 1.0
          : static_cast<double>(elements_in) / static_cast<double>(offered_elements);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const auto bytes = base::Bytes(std::llround(static_cast<double>(offered[i].value()) * taken));
    question.activation_read += bytes;
    if (residency.has_input(i)) {
      question.held += tensor_bytes(inputs[i], id);
    } else {
      question.activation_read_from_dram += bytes_in_dram(bytes, inputs[i], id);
    }
  }
  question.activation_write = base::packed_bytes(elements_out, formats_.output_bits(layer, id));
  if (residency.output) {
    for (const models::TensorId out : layer.outputs) question.held += tensor_bytes(out, id);
  } else {
    question.activation_write_to_dram =
        bytes_in_dram(question.activation_write, layer.outputs.front(), id);
  }

  if (on_host) {
    if (residency.output || residency.inputs != 0) {
      return Infeasible{"host", "resident activations", "no buffer", "pass them through DRAM"};
    }
    result.run_cost = host_cost(system_, question);
  } else {
    const Accelerator& accelerator = system_.accelerator(id);
    result.run_cost = vector_cost(system_, accelerator, question);
    const LayerRoom room = vector_room(accelerator, question, result.run_cost.dram);
    if (auto missing = shortage(accelerator, room.total(), "pass the activations through DRAM")) {
      return *std::move(missing);
    }
  }
  result.vector_question = question;
  set_costs(result, result.run_cost, system_, layer, id);
  return result;
}

}  // namespace mensa::accelerators
