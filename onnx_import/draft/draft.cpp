#include "onnx_import/draft/draft.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace mensa::onnx_import {

using models::TensorId;

TensorId Draft::add_tensor(models::Tensor tensor) {
  tensor.id = TensorId(tensors.size());
  tensors.push_back(std::move(tensor));
  return tensors.back().id;
}

models::RecurrenceId Draft::add_recurrence(std::string name, std::int64_t steps) {
  const models::RecurrenceId id(recurrences.size());
  recurrences.push_back({id, std::move(name), steps});
  return id;
}

models::GroupId Draft::add_group(std::string node_name) {
  groups.push_back(std::move(node_name));
  return models::GroupId(groups.size() - 1);
}

namespace {

/// Calls `visit` on every tensor id of the layer.
template <class Visit>
void visit_tensors(models::Layer& layer, const Visit& visit) {
  const auto visit_all = [&](std::vector<TensorId>& ids) {
    for (TensorId& id : ids) visit(id);
  };
  visit_all(layer.inputs);
  visit_all(layer.parameters);
  visit_all(layer.outputs);
  for (models::Epilogue& fused : layer.epilogue) {
    visit_all(fused.extra_inputs);
    visit_all(fused.parameters);
  }
}

/// Marks the tensors that layers and the graph's ends refer to, and those their states come from.
std::vector<bool> find_kept(Draft& draft) {
  std::vector<bool> kept(draft.tensors.size());
  const auto keep = [&](TensorId id) {
    kept[id.index()] = true;
    // A state's sources are no states of their own graph, so that one level is all there is:
    // `initial` may be a state of an outer recurrence only, and recurrences do not nest.
    if (const auto& state = draft.tensor(id).recurrent_state) {
      if (state->initial) kept[state->initial->index()] = true;
      if (state->next) kept[state->next->index()] = true;
    }
  };
  for (DraftLayer& entry : draft.layers) visit_tensors(entry.layer, keep);
  for (const TensorId id : draft.inputs) keep(id);
  for (const TensorId id : draft.outputs) keep(id);
  return kept;
}

}  // namespace

models::Graph emit_graph(Draft draft, const std::string& name,
                         const std::vector<std::string>& notes) {
  models::Graph graph(name);
  for (const models::Recurrence& recurrence : draft.recurrences) {
    graph.add_recurrence(recurrence.name, recurrence.steps);
  }
  const std::vector<bool> kept = find_kept(draft);
  std::vector<TensorId> renumbered(kept.size());
  std::size_t next = 0;
  for (std::size_t i = 0; i < kept.size(); ++i) {
    if (kept[i]) renumbered[i] = TensorId(next++);
  }
  const auto renumber = [&](TensorId& id) { id = renumbered[id.index()]; };
  for (models::Tensor& tensor : draft.tensors) {
    if (!kept[tensor.id.index()]) continue;
    if (auto& state = tensor.recurrent_state) {
      if (state->initial) renumber(*state->initial);
      if (state->next) renumber(*state->next);
    }
    graph.add_tensor(std::move(tensor));
  }
  // A node whose layers are all fused into others' leaves no group.
  std::vector<std::optional<models::GroupId>> groups(draft.groups.size());
  for (DraftLayer& entry : draft.layers) {
    visit_tensors(entry.layer, renumber);
    auto& group = groups[entry.layer.group.index()];
    if (!group) group = graph.add_group(draft.groups[entry.layer.group.index()]);
    entry.layer.group = *group;
    graph.add_layer(std::move(entry.layer));
  }
  for (TensorId& id : draft.inputs) graph.mark_input(renumbered[id.index()]);
  for (TensorId& id : draft.outputs) graph.mark_output(renumbered[id.index()]);
  for (const std::string& note : notes) graph.add_note(note);
  graph.finish();
  return graph;
}

}  // namespace mensa::onnx_import
