// What the layer graph says in numbers; everything here follows from Graph's other accessors.

#include <algorithm>
#include <unordered_set>

#include "models/graph/graph.h"

namespace mensa::models {
namespace {

void collect_parameters(const Layer& layer, std::unordered_set<TensorId>& ids) {
  ids.insert(layer.parameters.begin(), layer.parameters.end());
  for (const Epilogue& fused : layer.epilogue) {
    ids.insert(fused.parameters.begin(), fused.parameters.end());
  }
}

std::int64_t total_elements(const Graph& graph, const std::unordered_set<TensorId>& ids) {
  std::int64_t total = 0;
  for (const TensorId id : ids) total += graph.tensor(id).elements();
  return total;
}

/// Elements of a tensor of `elements` from outside of a recurrence that one step takes in.
std::int64_t elements_taken(const Work& work, std::int64_t elements) {
  std::int64_t most = elements;
  if (const auto* mac = std::get_if<MacWork>(&work)) {
    most = mac->shape.elements(MacOperand::kInputs);
  } else if (const auto* vector = std::get_if<VectorWork>(&work)) {
    most = vector->elements_in;
  } else if (const auto* move = std::get_if<MoveWork>(&work)) {
    most = move->elements;
  }
  return std::min(most, elements);
}

}  // namespace

std::int64_t Graph::steps(const Layer& layer) const {
  return layer.recurrence ? recurrence(*layer.recurrence).steps : 1;
}

std::int64_t Graph::macs(const Layer& layer) const {
  const auto* mac = std::get_if<MacWork>(&layer.work);
  return mac == nullptr ? 0 : mac->shape.macs() * steps(layer);
}

std::int64_t Graph::macs() const {
  std::int64_t total = 0;
  for (const Layer& layer : layers()) total += macs(layer);
  return total;
}

std::int64_t Graph::parameter_elements(const Layer& layer) const {
  std::unordered_set<TensorId> ids;
  collect_parameters(layer, ids);
  return total_elements(*this, ids);
}

std::int64_t Graph::parameter_elements() const {
  std::unordered_set<TensorId> ids;
  for (const Layer& layer : layers()) collect_parameters(layer, ids);
  return total_elements(*this, ids);
}

std::vector<TensorId> Graph::activation_inputs(const Layer& layer) const {
  std::vector<TensorId> ids;
  std::unordered_set<TensorId> seen;
  const auto add = [&](TensorId id) {
    if (seen.insert(id).second) ids.push_back(id);
  };
  for (const TensorId id : layer.inputs) add(id);
  for (const Epilogue& fused : layer.epilogue) {
    for (const TensorId id : fused.extra_inputs) add(id);
  }
  return ids;
}

std::int64_t Graph::elements_per_step(const Layer& layer, TensorId id) const {
  const Tensor& read = tensor(id);
  const std::int64_t elements = read.elements();
  if (!layer.recurrence || read.per_step_of || read.constant) return elements;
  const auto writer = producer(id);
  if (writer && this->layer(*writer).recurrence == layer.recurrence) {
    return elements / steps(layer);
  }
  const bool is_extra =
      std::find(layer.inputs.begin(), layer.inputs.end(), id) == layer.inputs.end();
  // A factor that takes the place of the weights is read as a whole, and so are fused operands.
  const bool is_second_factor = std::holds_alternative<MacWork>(layer.work) &&
                                layer.parameters.empty() && layer.inputs.front() != id;
  if (is_extra || is_second_factor) return elements;
  return elements_taken(layer.work, elements);
}

}  // namespace mensa::models
