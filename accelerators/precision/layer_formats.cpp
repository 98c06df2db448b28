#include "accelerators/precision/layer_formats.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <utility>

namespace mensa::accelerators {

using models::Layer;
using models::MacWork;
using models::MoveWork;
using models::TensorId;
using Kind = PrecisionRequest::Kind;

LayerFormats::LayerFormats(const models::Graph& graph, const System& system,
                           LayerPrecisions requests)
    : graph_(graph), system_(system), requests_(std::move(requests)) {
  assert(requests_.empty() || requests_.size() == graph.layers().size());
  activation_bits_.reserve(system.accelerators.size());
  for (const Accelerator& accelerator : system.accelerators) {
    activation_bits_.push_back(activation_bits(accelerator));
  }
}

const PrecisionRequest& LayerFormats::request(const Layer& layer) const {
  static const PrecisionRequest kNative;
  return requests_.empty() ? kNative : requests_[layer.id.index()];
}

const Accelerator& LayerFormats::at(AcceleratorId accelerator) const {
  const bool is_host = accelerator.index() == system_.accelerators.size();
  return is_host ? system_.accelerators.front() : system_.accelerator(accelerator);
}

NumberFormat LayerFormats::activation_format(const Layer& layer, TensorId activation,
                                             const Accelerator& accelerator) const {
  const PrecisionRequest& asked = request(layer);
  switch (asked.kind) {
    case Kind::kNative:
      return accelerator.native_precision().factors.activations;
    case Kind::kAsModel:
      return number_format_of(graph_.tensor(activation).type);
    case Kind::kFormats:
      return asked.factors.activations;
  }
  return {};
}

std::vector<int> LayerFormats::activation_bits(const Accelerator& accelerator) const {
  const int native = accelerator.stored_bits(accelerator.native_precision().factors.activations);
  std::vector<int> bits(graph_.tensors().size(), 0);
  const auto widen = [&](TensorId id, const Layer& layer) {
    const int asked = accelerator.stored_bits(activation_format(layer, id, accelerator));
    bits[id.index()] = std::max(bits[id.index()], asked);
  };
  for (const models::Tensor& tensor : graph_.tensors()) {
    for (const models::LayerId reader : graph_.consumers(tensor.id)) {
      widen(tensor.id, graph_.layer(reader));
    }
  }
  std::vector<bool> leaves(bits.size(), false);
  for (const TensorId id : graph_.outputs()) leaves[id.index()] = true;
  for (const Layer& layer : graph_.layers()) {
    for (const TensorId id : layer.outputs) {
      if (leaves[id.index()] || bits[id.index()] == 0) widen(id, layer);
    }
  }
  for (int& width : bits) {
    if (width == 0) width = native;
  }
  for (const models::Tensor& tensor : graph_.tensors()) {
    if (!tensor.recurrent_state || !tensor.recurrent_state->next) continue;
    int& state = bits[tensor.id.index()];
    int& next = bits[tensor.recurrent_state->next->index()];
    state = next = std::max(state, next);
  }
  return bits;
}

FactorFormats LayerFormats::factors(const Layer& layer, AcceleratorId accelerator) const {
  const Accelerator& its = at(accelerator);
  const bool two_activations =
      std::holds_alternative<MacWork>(layer.work) && layer.parameters.empty();
  const PrecisionRequest& asked = request(layer);
  if (asked.kind == Kind::kNative) return its.native_precision().factors;
  if (asked.kind == Kind::kFormats) {
    if (two_activations) return {asked.factors.activations, asked.factors.activations};
    return asked.factors;
  }
  const auto format_of = [&](TensorId id) { return number_format_of(graph_.tensor(id).type); };
  FactorFormats formats = its.native_precision().factors;
  const std::vector<TensorId> inputs = graph_.activation_inputs(layer);
  if (!inputs.empty()) formats.activations = format_of(inputs.front());
  formats.weights = formats.activations;
  if (!layer.parameters.empty()) {
    formats.weights = format_of(layer.parameters.front());
  } else if (two_activations && layer.inputs.size() > 1) {
    formats.weights = format_of(layer.inputs[1]);
  }
  return formats;
}

const Precision* LayerFormats::precision(const Layer& layer, AcceleratorId accelerator) const {
  return at(accelerator).find_precision(factors(layer, accelerator));
}

Infeasible LayerFormats::lacking(const Layer& layer, AcceleratorId accelerator) const {
  const Accelerator& its = at(accelerator);
  return {fmt::format("precisions of {}", its.name),
          fmt::format("{} (as asked for: {})", factors(layer, accelerator).to_string(),
                      request(layer).to_string()),
          its.precision_names(),
          "ask for one of these, or add it to its 'precisions', or to its 'emulation' if several "
          "native MACs can make one"};
}

int LayerFormats::accumulator_bits(const Layer& layer, AcceleratorId accelerator) const {
  const Accelerator& its = at(accelerator);
  const Precision* const found = precision(layer, accelerator);
  return its.stored_bits(found != nullptr ? found->accumulators
                                          : its.native_precision().accumulators);
}

int LayerFormats::tensor_bits(TensorId id, AcceleratorId accelerator) const {
  if (graph_.tensor(id).accumulator_width) {
    const auto producer = graph_.producer(id);
    if (producer) return accumulator_bits(graph_.layer(*producer), accelerator);
    return at(accelerator).stored_bits(at(accelerator).native_precision().accumulators);
  }
  return activation_bits_[at(accelerator).id.index()][id.index()];
}

int LayerFormats::output_bits(const Layer& layer, AcceleratorId accelerator) const {
  int bits = 0;
  for (const TensorId id : layer.outputs) bits = std::max(bits, tensor_bits(id, accelerator));
  return bits;
}

int LayerFormats::parameter_bits(const Layer& layer, TensorId parameter,
                                 AcceleratorId accelerator) const {
  const Accelerator& its = at(accelerator);
  if (std::holds_alternative<MacWork>(layer.work)) {
    return its.stored_bits(factors(layer, accelerator).weights);
  }
  if (request(layer).kind == Kind::kAsModel) {
    return its.stored_bits(number_format_of(graph_.tensor(parameter).type));
  }
  if (std::holds_alternative<MoveWork>(layer.work)) {
    return its.stored_bits(activation_format(layer, parameter, its));
  }
  return accumulator_bits(layer, accelerator);
}

}  // namespace mensa::accelerators
