#include "accelerators/cost/cost_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>
#include <utility>

#include "accelerators/cost/all_runs.h"
#include "accelerators/mapping/mapping_bounds.h"

namespace mensa::accelerators {

using models::Layer;
using models::MacOperand;
using models::MacWork;

namespace {

using EvaluationKey = std::tuple<models::LayerId, AcceleratorId, LayerResidency>;

}  // namespace

struct CostTable::Memo {
  std::map<EvaluationKey, EvaluationResult> evaluations;
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
      zeros_(std::make_unique<LayerZeros>(graph)),
      memo_(std::make_unique<Memo>()) {}

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
  return zeros_->share_in_dram(activation, its, formats_.tensor_bits(activation, accelerator));
}

base::Bytes CostTable::bytes_in_dram(base::Bytes packed, models::TensorId activation,
                                     AcceleratorId accelerator) const {
  const double share = share_in_dram(activation, accelerator);
  if (share == 1) return packed;
  return base::Bytes(
      static_cast<std::int64_t>(std::ceil(static_cast<double>(packed.value()) * share)));
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
    const int bits = formats_.parameter_bits(layer, layer.parameters.front(), accelerator);
    bytes = zeros_->weight_bytes(layer, its, bits,
                                 level == Level::kBuffers ? its.parameter_level() : level);
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

}  // namespace mensa::accelerators
