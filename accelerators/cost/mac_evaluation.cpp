// What CostTable asks of MAC work, and what it makes of the answer.

#include <fmt/format.h>

#include <algorithm>

#include "accelerators/cost/all_runs.h"
#include "accelerators/cost/cost_table.h"
#include "accelerators/cost/sparse_mapping.h"

namespace mensa::accelerators {

using models::Dim;
using models::index;
using models::Layer;
using models::MacOperand;
using models::MacWork;

namespace {

/// The nest of `steps` runs as one: rows of a GEMM, else batch.
models::ProblemShape batched(models::ProblemShape shape, std::int64_t steps) {
  const bool is_gemm = shape.bound(Dim::R) == 1 && shape.bound(Dim::S) == 1 &&
                       shape.bound(Dim::T) == 1 && shape.bound(Dim::Q) == 1 &&
                       shape.bound(Dim::D) == 1 && shape.stride[1] == 1 &&
                       shape.pad_begin[1] == 0 && shape.input_size[1] == shape.bound(Dim::P);
  if (is_gemm) {
    shape.bounds[index(Dim::P)] *= steps;
    shape.input_size[1] *= steps;
  } else {
    shape.bounds[index(Dim::N)] *= steps;
  }
  return shape;
}

}  // namespace

EvaluationResult CostTable::compute_mac(const Layer& layer, const Accelerator& accelerator,
                                        const LayerResidency& residency, base::Bytes parameters) {
  EvaluationResult asked = mac_question(layer, accelerator, residency, parameters);
  if (std::holds_alternative<Infeasible>(asked)) return asked;
  LayerEvaluation& result = std::get<LayerEvaluation>(asked);
  if (accelerator.sparsity.any()) {
    result.weight_pattern = zeros_->pattern(layer, accelerator);
    auto found = best_sparse_mapping(*mappings_, accelerator, *result.question,
                                     result.weight_pattern.get(), objective_);
    if (auto* missing = std::get_if<Infeasible>(&found)) return std::move(*missing);
    const MappedCost& best = std::get<MappedCost>(found);
    result.mapping = best.mapping;
    set_costs(result, best.cost, system_, layer, accelerator.id);
    return asked;
  }
  const auto& mapped = mappings_->find(accelerator, *result.question);
  if (const auto* missing = std::get_if<Infeasible>(&mapped)) return *missing;
  const auto& pareto = std::get<ParetoMappings>(mapped);
  const auto best =
      std::min_element(pareto.begin(), pareto.end(), [&](const MappedCost& a, const MappedCost& b) {
        return score(objective_, a.cost.time, a.cost.energy.total()) <
               score(objective_, b.cost.time, b.cost.energy.total());
      });
  result.mapping = best->mapping;
  set_costs(result, best->cost, system_, layer, accelerator.id);
  return asked;
}

OperandBits CostTable::mac_bits(const Layer& layer, const Accelerator& accelerator) const {
  OperandBits bits;
  bits.inputs = formats_.tensor_bits(layer.inputs.front(), accelerator.id);
  if (!layer.parameters.empty()) {
    for (const models::TensorId side_by_side : layer.inputs) {
      bits.inputs = std::max(bits.inputs, formats_.tensor_bits(side_by_side, accelerator.id));
    }
  }
  // Where both factors are activations the second one takes the place of the weights.
  bits.weights = !layer.parameters.empty()
                     ? formats_.parameter_bits(layer, layer.parameters.front(), accelerator.id)
                     : formats_.tensor_bits(layer.inputs.back(), accelerator.id);
  bits.outputs = formats_.output_bits(layer, accelerator.id);
  bits.accumulators = formats_.accumulator_bits(layer, accelerator.id);
  // Sums are kept at least as wide as what they become.
  if (!formats_.is_native(layer)) bits.accumulators = std::max(bits.accumulators, bits.outputs);
  return bits;
}

EvaluationResult CostTable::mac_question(const Layer& layer, const Accelerator& accelerator,
                                         const LayerResidency& residency,
                                         base::Bytes parameters) const {
  const Precision* const precision = formats_.precision(layer, accelerator.id);
  if (precision == nullptr) return formats_.lacking(layer, accelerator.id);
  const std::int64_t steps = graph_.steps(layer);
  const std::vector<models::TensorId> inputs = graph_.activation_inputs(layer);
  LayerEvaluation result;
  result.factors = precision->factors;
  if (layer.parameters.empty() && formats_.is_native(layer)) {
    result.factors.weights = result.factors.activations;
  }
  result.accumulators = precision->accumulators;
  result.precision = *precision;
  result.time_batched = steps > 1 && batches_over_time(layer, accelerator.id);
  result.runs = result.time_batched ? 1 : steps;
  const std::int64_t batched_steps = result.time_batched ? steps : 1;

  MacQuestion question;
  question.shape = std::get<MacWork>(layer.work).shape;
  if (result.time_batched) question.shape = batched(question.shape, steps);
  question.bits = mac_bits(layer, accelerator);
  question.factors = precision->factors;
  if (accelerator.sparsity.any()) question.zeros = zeros_->of(layer, accelerator);
  question.resident.outputs = residency.output;
  result.held_parameters = parameters;
  const bool parameters_stay = parameters > base::Bytes(0);
  question.resident.weights = parameters_stay && !layer.parameters.empty();

  // The input may be several tensors side by side (both directions of an LSTM): they stay together.
  const std::size_t main_inputs = layer.parameters.empty() ? 1 : layer.inputs.size();
  std::size_t staying = 0;
  base::Bytes whole;
  for (std::size_t i = 0; i < main_inputs; ++i) {
    if (!residency.has_input(i)) continue;
    ++staying;
    whole += tensor_bytes(inputs[i], accelerator.id);
  }
  const bool second_factor_stays = layer.parameters.empty() && residency.has_input(1);
  if ((staying > 0 && staying < main_inputs) || second_factor_stays) {
    return Infeasible{fmt::format("buffers of {}", accelerator.name),
                      "an input that stays on chip as a whole", "a part of it",
                      "pass the activations through DRAM"};
  }
  question.resident.inputs = staying > 0;
  question.reserved_activations = residency.others;
  if (question.resident.inputs) {
    // Everything is there, touched or not.
    const base::Bytes touched =
        base::packed_bytes(question.shape.elements(MacOperand::kInputs), question.bits.inputs);
    question.reserved_activations += std::max(base::Bytes(0), whole - touched);
  }
  for (const models::Epilogue& epilogue : layer.epilogue) {
    question.tail.operations += epilogue.work.operations() * batched_steps;
    for (const models::TensorId extra : epilogue.extra_inputs) {
      const auto position =
          static_cast<std::size_t>(std::find(inputs.begin(), inputs.end(), extra) - inputs.begin());
      const int bits = formats_.tensor_bits(extra, accelerator.id);
      const base::Bytes bytes =
          base::packed_bytes(epilogue.work.elements_out * batched_steps, bits);
      question.tail.activation_read += bytes;
      if (residency.has_input(position)) {
        const bool is_main = position < main_inputs;
        if (!is_main) question.reserved_activations += tensor_bytes(extra, accelerator.id);
      } else {
        question.tail.activation_read_from_dram += bytes_in_dram(bytes, extra, accelerator.id);
        question.tail.streamed_operands +=
            static_cast<int>(base::ceil_div(bits, question.bits.outputs));
      }
    }
    for (const models::TensorId parameter : epilogue.parameters) {
      question.tail.parameter_read += base::packed_bytes(
          graph_.tensor(parameter).elements(), formats_.accumulator_bits(layer, accelerator.id));
    }
  }
  if (question.bits.outputs < question.bits.accumulators) {
    question.tail.operations +=
        question.shape.elements(MacOperand::kOutputs) * precision->requantization;
  }
  if (question.tail.operations > 0 && accelerator.vector_unit.lanes == 0) {
    return Infeasible{fmt::format("vector unit of {}", accelerator.name),
                      "the fused vector work behind the layer", "no lanes",
                      "give the accelerator vector_lanes"};
  }
  if (parameters_stay) {
    base::Bytes mine;
    base::Bytes loaded;
    if (question.resident.weights) {
      mine = loaded =
          base::packed_bytes(question.shape.elements(MacOperand::kWeights), question.bits.weights);
      if (accelerator.sparsity.of(MacOperand::kWeights).compressed()) {
        const auto stored = [&](Level level) {
          return zeros_->weight_bytes(layer, accelerator, question.bits.weights, level);
        };
        mine = stored(accelerator.parameter_level());
        loaded = stored(Level::kDram);
      }
    }
    question.reserved_parameters = std::max(base::Bytes(0), parameters - mine);
    if (!residency.keeps_parameters()) {
      result.preload = base::whole_bursts(loaded + question.tail.parameter_read,
                                          system_.burst(accelerator.port));
    }
    question.tail.parameter_read = base::Bytes(0);
  }

  result.bits = question.bits;
  result.question = question;
  return result;
}

}  // namespace mensa::accelerators
