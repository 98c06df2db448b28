#include "accelerators/cost/cost_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>
#include <utility>

#include "accelerators/cost/all_runs.h"
#include "accelerators/cost/sparse_mapping.h"
#include "accelerators/mapping/mapping_bounds.h"

namespace mensa::accelerators {

using models::Dim;
using models::index;
using models::Layer;
using models::MacOperand;
using models::MacWork;
using models::MoveWork;
using models::VectorWork;

namespace {

using EvaluationKey = std::tuple<models::LayerId, AcceleratorId, LayerResidency>;

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

/// Bytes of packed values in another form.
base::Bytes stored_part(base::Bytes packed, double share) {
  if (share == 1) return packed;
  return base::Bytes(
      static_cast<std::int64_t>(std::ceil(static_cast<double>(packed.value()) * share)));
}

}  // namespace

struct CostTable::Memo {
  explicit Memo(const models::Graph& graph) : zeros(graph) {}

  std::map<EvaluationKey, EvaluationResult> evaluations;
  LayerZeros zeros;
};

CostTable::CostTable(const models::Graph& graph, const System& system, Objective objective,
                     LayerPrecisions precisions)
    : CostTable(graph, objective, std::make_shared<MappingCache>(system), std::move(precisions)) {}

CostTable::CostTable(const models::Graph& graph, Objective objective,
                     std::shared_ptr<MappingCache> mappings, LayerPrecisions precisions)
    : graph_(graph),
      mappings_(std::move(mappings)),
      system_(mappings_->system()),
      objective_(objective),
      formats_(graph, system_, std::move(precisions)),
      memo_(std::make_unique<Memo>(graph)) {}

CostTable::~CostTable() = default;

const std::string& CostTable::name(AcceleratorId id) const {
  return id == host() ? system_.host.name : system_.accelerator(id).name;
}

bool CostTable::batches_over_time(const Layer& layer, AcceleratorId accelerator) const {
  return layer.time_batchable && accelerator != host() &&
         system_.accelerator(accelerator).time_batching;
}

base::Bytes CostTable::tensor_bytes(models::TensorId id, AcceleratorId accelerator) const {
  const models::Tensor& tensor = graph_.tensor(id);
  std::int64_t elements = tensor.elements();
  // An input product that is not batched hands over one step at a time.
  if (const auto producer = graph_.producer(id); producer.has_value() && !tensor.per_step_of) {
    const Layer& layer = graph_.layer(*producer);
    const auto& readers = graph_.consumers(id);
    const bool inside = layer.recurrence.has_value() && layer.time_batchable &&
                        !batches_over_time(layer, accelerator) && !readers.empty() &&
                        std::all_of(readers.begin(), readers.end(), [&](models::LayerId reader) {
                          return graph_.layer(reader).recurrence == layer.recurrence;
                        });
    if (inside) elements = base::ceil_div(elements, graph_.steps(layer));
  }
  return base::packed_bytes(elements, formats_.tensor_bits(id, accelerator));
}

double CostTable::share_in_dram(models::TensorId activation, AcceleratorId accelerator) const {
  if (accelerator == host()) return 1;
  const Accelerator& its = system_.accelerator(accelerator);
  return memo_->zeros.share_in_dram(activation, its, formats_.tensor_bits(activation, accelerator));
}

base::Bytes CostTable::parameter_bytes(const Layer& layer, AcceleratorId accelerator,
                                       Level level) const {
  base::Bytes bytes;
  const bool compresses =
      accelerator != host() && std::holds_alternative<MacWork>(layer.work) &&
      !layer.parameters.empty() &&
      system_.accelerator(accelerator).sparsity.of(MacOperand::kWeights).compressed();
  if (compresses) {
    const Accelerator& its = system_.accelerator(accelerator);
    const bool has_buffer = its.buffer_of(MacOperand::kWeights) != nullptr;
    const int bits = formats_.parameter_bits(layer, layer.parameters.front(), accelerator);
    bytes = memo_->zeros.weight_bytes(
        layer, its, bits, level == Level::kBuffers && !has_buffer ? Level::kRegisters : level);
  } else {
    for (const models::TensorId id : layer.parameters) {
      bytes += base::packed_bytes(graph_.tensor(id).elements(),
                                  formats_.parameter_bits(layer, id, accelerator));
    }
  }
  const int accumulator_bits = formats_.accumulator_bits(layer, accelerator);
  for (const models::Epilogue& epilogue : layer.epilogue) {
    for (const models::TensorId id : epilogue.parameters) {
      bytes += base::packed_bytes(graph_.tensor(id).elements(), accumulator_bits);
    }
  }
  return bytes;
}

base::Bytes CostTable::joint_parameters(const Layer& layer, const Accelerator& accelerator) const {
  base::Bytes bytes;
  for (const Layer& other : graph_.layers()) {
    if (other.recurrence == layer.recurrence && !batches_over_time(other, accelerator.id)) {
      bytes += parameter_bytes(other, accelerator.id);
    }
  }
  return bytes;
}

void CostTable::tell_before_evaluation(std::function<void(models::LayerId)> listener) {
  listener_ = std::move(listener);
}

const EvaluationResult& CostTable::evaluate(models::LayerId id, AcceleratorId accelerator,
                                            const LayerResidency& residency) {
  const EvaluationKey key{id, accelerator, residency};
  const auto found = memo_->evaluations.find(key);
  if (found != memo_->evaluations.end()) return found->second;
  if (listener_) listener_(id);
  return memo_->evaluations.emplace(key, compute(graph_.layer(id), accelerator, residency))
      .first->second;
}

const LayerEvaluation* CostTable::find(models::LayerId layer, AcceleratorId accelerator,
                                       const LayerResidency& residency) {
  return std::get_if<LayerEvaluation>(&evaluate(layer, accelerator, residency));
}

EvaluationResult CostTable::compute(const Layer& layer, AcceleratorId id,
                                    const LayerResidency& residency) {
  const bool is_mac = std::holds_alternative<MacWork>(layer.work);
  if (id == host()) {
    if (!is_mac) return compute_vector(layer, id, residency, base::Bytes(0));
    return Infeasible{"host", "MAC work", "none", "give the system an accelerator that can run it"};
  }
  if (layer.host_only) {
    return Infeasible{"vector lanes", "a processor", "none", "the host runs it"};
  }
  const Accelerator& accelerator = system_.accelerator(id);
  if ((residency.inputs != 0 || residency.output) &&
      accelerator.buffer_of(MacOperand::kInputs) != accelerator.buffer_of(MacOperand::kOutputs)) {
    return Infeasible{fmt::format("buffers of {}", accelerator.name),
                      "one that keeps outputs and inputs, for what stays", "two",
                      "pass the activations through DRAM"};
  }
  const auto with = [&](base::Bytes parameters) {
    return is_mac ? compute_mac(layer, accelerator, residency, parameters)
                  : compute_vector(layer, id, residency, parameters);
  };
  if (residency.keeps_parameters()) return with(residency.kept_parameters);
  if (graph_.steps(layer) > 1 && !batches_over_time(layer, id) && !residency.refetches_parameters) {
    const base::Bytes joint = joint_parameters(layer, accelerator);
    if (joint > base::Bytes(0) && joint <= accelerator.parameter_capacity()) {
      EvaluationResult kept = with(joint);
      if (std::holds_alternative<LayerEvaluation>(kept)) return kept;
    }
  }
  return with(base::Bytes(0));
}

EvaluationResult CostTable::compute_mac(const Layer& layer, const Accelerator& accelerator,
                                        const LayerResidency& residency, base::Bytes parameters) {
  EvaluationResult asked = mac_question(layer, accelerator, residency, parameters);
  if (std::holds_alternative<Infeasible>(asked)) return asked;
  LayerEvaluation& result = std::get<LayerEvaluation>(asked);
  if (accelerator.sparsity.any()) {
    result.weight_pattern = memo_->zeros.pattern(layer, accelerator);
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
  if (accelerator.sparsity.any()) question.zeros = memo_->zeros.of(layer, accelerator);
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
        question.tail.activation_read_from_dram +=
            stored_part(bytes, share_in_dram(extra, accelerator.id));
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
          return memo_->zeros.weight_bytes(layer, accelerator, question.bits.weights, level);
        };
        const bool has_buffer = accelerator.buffer_of(MacOperand::kWeights) != nullptr;
        mine = stored(has_buffer ? Level::kBuffers : Level::kRegisters);
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

std::optional<LeastCost> CostTable::at_least(models::LayerId id, AcceleratorId accelerator_id) {
  const Layer& layer = graph_.layer(id);
  const bool is_mac = std::holds_alternative<MacWork>(layer.work);
  if (accelerator_id == host() || !is_mac) {
    const LayerEvaluation* found = find(id, accelerator_id);
    if (found == nullptr) return std::nullopt;
    VectorQuestion question = *found->vector_question;
    question.activation_read_from_dram = question.activation_write_to_dram = base::Bytes(0);
    if (layer.recurrence) question.parameter_read = base::Bytes(0);  // they may stay
    const LayerCost run = found->on_host
                              ? host_cost(system_, question)
                              : vector_cost(system_, system_.accelerator(accelerator_id), question);
    const auto runs = static_cast<double>(found->runs);
    return LeastCost{run.time * runs, base::Picojoules(run.energy.total().value() * runs)};
  }
  const Accelerator& accelerator = system_.accelerator(accelerator_id);
  LayerResidency all;
  all.output = true;
  const std::size_t main_inputs = layer.parameters.empty() ? 1 : layer.inputs.size();
  const std::size_t inputs = graph_.activation_inputs(layer).size();
  for (std::size_t i = 0; i < std::min(inputs, LayerResidency::kMostInputs); ++i) {
    if (i < main_inputs || !layer.parameters.empty()) all.add_input(i);
  }
  const EvaluationResult asked =
      mac_question(layer, accelerator, all, parameter_bytes(layer, accelerator_id));
  const auto* entry = std::get_if<LayerEvaluation>(&asked);
  if (entry == nullptr) return std::nullopt;
  MacCostModel model(system_, accelerator, *entry->question);
  const MappingBounds bounds(model);
  ArrayWork array = bounds.any_array();
  array.compute_cycles = model.compute_cycles(
      base::ceil_div(entry->question->shape.macs(), accelerator.rows * accelerator.columns));
  const TimeAndEnergy run = model.at_least(array, bounds.tiles().work({}, ReuseClass::kPixels));
  const auto runs = static_cast<double>(entry->runs);
  return LeastCost{base::Cycles(run.cycles) / accelerator.clock * runs,
                   base::Picojoules(run.energy * runs)};
}

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
      question.activation_read_from_dram += stored_part(bytes, share_in_dram(inputs[i], id));
    }
  }
  question.activation_write = base::packed_bytes(elements_out, formats_.output_bits(layer, id));
  if (residency.output) {
    for (const models::TensorId out : layer.outputs) question.held += tensor_bytes(out, id);
  } else {
    question.activation_write_to_dram =
        stored_part(question.activation_write, share_in_dram(layer.outputs.front(), id));
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
