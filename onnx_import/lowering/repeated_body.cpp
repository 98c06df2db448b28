#include "onnx_import/lowering/repeated_body.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "onnx_import/operator_graph/limits.h"

namespace mensa::onnx_import {

using models::TensorId;

namespace {

bool is_fused(const models::Layer& layer, TensorId id) {
  return std::any_of(
      layer.epilogue.begin(), layer.epilogue.end(), [&](const models::Epilogue& fused) {
        return std::count(fused.extra_inputs.begin(), fused.extra_inputs.end(), id) > 0;
      });
}

bool reads(const models::Layer& layer, TensorId id) {
  return std::count(layer.inputs.begin(), layer.inputs.end(), id) > 0 || is_fused(layer, id);
}

/// Whether a layer that recurs takes of a tensor from outside, if it does at all, exactly what its
/// work says (models::Graph::elements_per_step).
bool reads_only_as_work_says(const models::Layer& layer, TensorId id) {
  if (!reads(layer, id)) return true;
  return !is_fused(layer, id) && layer.inputs.size() == 1;
}

}  // namespace

const Block& body_of(const Node& node) {
  const auto found = node.blocks.find("body");
  if (found == node.blocks.end()) TypeContext::fail("has no body");
  return *found->second;
}

void type_body_input(OperatorGraph& graph, ValueId input, const Value& value, Shape shape) {
  const models::ElementType type = value.type;
  Value& made = graph.value(input);
  made.typed = true;
  made.type = type;
  made.shape = std::move(shape);
}

void type_carried(TypeContext& node, std::size_t output, std::size_t before_index,
                  ValueId body_input, ValueId body_output) {
  OperatorGraph& graph = node.graph();
  const Value& before = node.input(before_index);
  const Value& after = graph.value(body_output);
  if (before.sequence || after.sequence) {
    TypeContext::unsupported(fmt::format("carried value '{}' is a sequence", before.name));
  }
  if (after.shape != before.shape || after.type != before.type) {
    TypeContext::unsupported(
        fmt::format("carried value '{}' changes from {} {} to {} {}", before.name,
                    models::to_string(before.type), fmt::join(before.shape, "x"),
                    models::to_string(after.type), fmt::join(after.shape, "x")));
  }
  if (!node.has_output(output)) return;
  if (graph.root(body_output) == body_input) {
    node.set_alias(output, *node.node().inputs[before_index]);
  } else if (after.constant) {
    node.set_alias(output, body_output);
  } else {
    node.set_output(output, before.type, before.shape);
  }
}

void type_collected(TypeContext& node, std::size_t output, ValueId body_output, std::int64_t steps,
                    std::size_t axis) {
  OperatorGraph& graph = node.graph();
  const Value& step = graph.value(body_output);
  if (step.sequence) {
    TypeContext::unsupported(fmt::format("it collects sequences ('{}')", step.name));
  }
  const bool constant = step.constant;
  Shape shape = step.shape;
  shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(axis), steps);
  node.set_output(output, step.type, std::move(shape));
  if (constant && node.has_output(output)) {
    graph.value(*node.node().outputs[output]).constant = true;
  }
}

RepeatedBody::RepeatedBody(LayerContext& node, std::int64_t steps)
    : node_(node),
      draft_(node.draft()),
      body_(body_of(node.node())),
      steps_(steps),
      recurrence_(draft_.add_recurrence(node.node().name, steps)) {}

void RepeatedBody::add_state(ValueId input, std::optional<TensorId> initial,
                             std::optional<ValueId> result, std::optional<std::size_t> output) {
  states_.push_back({input, initial, result, output, {}});
}

void RepeatedBody::add_scanned(ValueId input, TensorId from, bool in_order) {
  scanned_.push_back({input, from, in_order, {}});
}

void RepeatedBody::add_collected(ValueId result, std::size_t output, std::size_t axis) {
  outputs_.push_back({result, output, axis});
}

void RepeatedBody::lower() {
  create_inputs();
  node_.blocks().lower_body(body_);
  hand_on();
  drop_slices();
  find_dependent();
  settle_tensors();
  for (const Collected& collected : outputs_) {
    if (node_.output_used(collected.output) && !node_.output(collected.output).constant) {
      collect_steps(collected);
    }
  }
}

void RepeatedBody::create_inputs() {
  first_tensor_ = draft_.tensors.size();
  first_layer_ = draft_.layers.size();
  for (State& state : states_) {
    state.tensor = node_.tensors().create(state.input);
    draft_.tensor(state.tensor).recurrent_state =
        models::RecurrentState{state.initial, std::nullopt};
    // Nobody waits for the number of the step, nor for a value that never changes.
    if (state.result && node_.graph().root(*state.result) != state.input) {
      dependent_.insert(state.tensor);
    }
  }
  for (Scanned& scanned : scanned_) add_slice(scanned);
}

/// A layer that copies one step's part of a tensor from outside.
void RepeatedBody::add_slice(Scanned& scanned) {
  scanned.tensor = node_.tensors().create(scanned.input);
  const models::Tensor& part = draft_.tensor(scanned.tensor);
  DraftLayer entry = node_.new_layer(fmt::format("slice_of_{}", part.name));
  entry.layer.op = "Slice";
  entry.layer.work = models::MoveWork{part.elements()};
  (draft_.tensor(scanned.from).constant ? entry.layer.parameters
                                        : entry.layer.inputs) = {scanned.from};
  entry.layer.outputs = {scanned.tensor};
  draft_.layers.push_back(std::move(entry));
}

/// Says what each state becomes, and what the carried values leave after the last step.
void RepeatedBody::hand_on() {
  for (const State& state : states_) {
    if (!state.result || node_.graph().value(*state.result).constant) continue;
    std::vector<TensorId> parts = node_.tensors().of(*state.result);
    if (parts == std::vector{state.tensor}) continue;  // never changes
    const models::Tensor& first = draft_.tensor(parts.front());
    // Another state, or a value from outside, is copied into one that the step writes.
    const bool not_of_the_step =
        parts.size() == 1 && (first.recurrent_state || parts.front().index() < first_tensor_);
    if (parts.size() > 1 || not_of_the_step) parts = {copy(*state.result, parts)};
    draft_.tensor(state.tensor).recurrent_state->next = parts.front();
    handed_on_.insert(parts.front());
    if (state.output && node_.output_used(*state.output)) {
      node_.tensors().bind(*node_.node().outputs[*state.output], parts);
    }
  }
}

/// A layer of the body that copies a value's parts into one tensor.
TensorId RepeatedBody::copy(ValueId id, const std::vector<TensorId>& parts) {
  const Value& value = node_.graph().value(id);
  const TensorId made =
      node_.new_tensor(fmt::format("copy_of_{}", value.name), value.shape, value.type);
  DraftLayer entry = node_.new_layer(fmt::format("copy_of_{}", value.name));
  entry.layer.op = "Identity";
  entry.layer.work = models::MoveWork{element_count(value.shape).value()};
  entry.layer.inputs = parts;
  entry.layer.outputs = {made};
  draft_.layers.push_back(std::move(entry));
  return made;
}

/// Parts that stand one behind the other need no copy where their readers say how much they read.
void RepeatedBody::drop_slices() {
  std::set<TensorId> given_out = handed_on_;
  for (const Collected& collected : outputs_) {
    const auto& parts = node_.tensors().of(collected.result);
    given_out.insert(parts.begin(), parts.end());
  }
  for (const Scanned& scanned : scanned_) {
    if (given_out.contains(scanned.tensor)) continue;
    const auto first = draft_.layers.begin() + static_cast<std::ptrdiff_t>(first_layer_);
    const bool direct = scanned.in_order && !draft_.tensor(scanned.from).constant;
    const bool needless = std::all_of(first, draft_.layers.end(), [&](const DraftLayer& entry) {
      return direct ? reads_only_as_work_says(entry.layer, scanned.tensor)
                    : !reads(entry.layer, scanned.tensor);
    });
    if (!needless) continue;
    draft_.layers.erase(std::find_if(first, draft_.layers.end(), [&](const DraftLayer& entry) {
      return entry.layer.outputs == std::vector{scanned.tensor};
    }));
    for (std::size_t i = first_layer_; i < draft_.layers.size(); ++i) {
      auto& inputs = draft_.layers[i].layer.inputs;
      std::replace(inputs.begin(), inputs.end(), scanned.tensor, scanned.from);
    }
  }
}

/// The layers of the body are in topological order: one pass finds all that wait for a state.
/// What is handed on to the next step is made step by step as well.
void RepeatedBody::find_dependent() {
  for (std::size_t i = first_layer_; i < draft_.layers.size(); ++i) {
    models::Layer& layer = draft_.layers[i].layer;
    layer.recurrence = recurrence_;
    const auto waits = [&](const std::vector<TensorId>& ids) {
      return std::any_of(ids.begin(), ids.end(),
                         [&](TensorId id) { return dependent_.contains(id); });
    };
    bool depends = waits(layer.inputs);
    read_.insert(layer.inputs.begin(), layer.inputs.end());
    for (const models::Epilogue& fused : layer.epilogue) {
      depends |= waits(fused.extra_inputs);
      read_.insert(fused.extra_inputs.begin(), fused.extra_inputs.end());
    }
    for (const TensorId id : layer.outputs) depends |= handed_on_.contains(id);
    layer.time_batchable = !depends;
    for (const TensorId id : layer.outputs) {
      writer_[id] = i;
      if (depends) dependent_.insert(id);
    }
  }
}

/// Tensors of the body are of one step, except for what time-batchable layers write.
void RepeatedBody::settle_tensors() {
  for (std::size_t i = first_tensor_; i < draft_.tensors.size(); ++i) {
    models::Tensor& tensor = draft_.tensors[i];
    if (tensor.constant) continue;
    const auto writer = writer_.find(tensor.id);
    if (writer != writer_.end() && draft_.layers[writer->second].layer.time_batchable) {
      tensor.shape.insert(tensor.shape.begin(), steps_);
    } else {
      tensor.per_step_of = recurrence_;
    }
  }
}

/// Gathers what the steps leave of one body output.
void RepeatedBody::collect_steps(const Collected& collected) {
  std::vector<TensorId> all;
  for (const TensorId part : node_.tensors().of(collected.result)) {
    all.push_back(collect_part(part, collected));
  }
  node_.tensors().bind(*node_.node().outputs[collected.output], std::move(all));
}

TensorId RepeatedBody::collect_part(TensorId part, const Collected& collected) {
  if (const auto done = collected_.find(part); done != collected_.end()) return done->second;
  const auto writer = writer_.find(part);
  const bool batched =
      writer != writer_.end() && draft_.layers[writer->second].layer.time_batchable;
  if (batched) return part;
  models::Tensor all = draft_.tensor(part);
  all.name = node_.output(collected.output).name;
  all.per_step_of.reset();
  all.recurrent_state.reset();
  const std::size_t axis = std::min(collected.axis, all.shape.size());
  all.shape.insert(all.shape.begin() + static_cast<std::ptrdiff_t>(axis), steps_);
  const TensorId made = draft_.add_tensor(std::move(all));
  collected_[part] = made;
  if (writer == writer_.end()) {
    add_copy_to(made, part);
    return made;
  }
  std::vector<TensorId>& outputs = draft_.layers[writer->second].layer.outputs;
  if (!read_.contains(part) && !handed_on_.contains(part)) std::erase(outputs, part);
  outputs.push_back(made);
  return made;
}

/// A state, or a value from outside, that is given out step by step.
void RepeatedBody::add_copy_to(TensorId all_steps, TensorId source) {
  DraftLayer entry = node_.new_layer(fmt::format("copy_of_{}", draft_.tensor(source).name));
  entry.layer.op = "Identity";
  entry.layer.work = models::MoveWork{draft_.tensor(source).elements()};
  entry.layer.inputs = {source};
  entry.layer.outputs = {all_steps};
  entry.layer.recurrence = recurrence_;
  entry.layer.time_batchable = !dependent_.contains(source);
  draft_.layers.push_back(std::move(entry));
}

}  // namespace mensa::onnx_import
