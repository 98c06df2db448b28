#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cassert>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "onnx_import/lowering/lowering.h"
#include "onnx_import/operator_graph/limits.h"

// A Loop's body is lowered once, into a recurrence of as many steps as the Loop has iterations.
// Carried values become recurrent states. A layer that depends on none of them, directly or not, is
// time-batchable, and what it writes has all steps; everything else in the body is of one step.

namespace mensa::onnx_import {
namespace {

using models::TensorId;

constexpr std::size_t kTripCount = 0;
constexpr std::size_t kCondition = 1;
constexpr std::size_t kFirstCarried = 2;  ///< the same place among the body's inputs

std::size_t carried_count(const Node& node) {
  return node.inputs.size() - std::min(node.inputs.size(), kFirstCarried);
}

const Block& body_of(const Node& node) {
  const auto found = node.blocks.find("body");
  if (found == node.blocks.end()) TypeContext::fail("has no body");
  return *found->second;
}

void check_control(const TypeContext& node) {
  if (node.in_loop()) TypeContext::unsupported("a Loop inside of a Loop; recurrences do not nest");
  if (!node.has_input(kTripCount))
    TypeContext::unsupported("no trip count: it ends by a condition");
  const auto& trips = node.integers(kTripCount, "trip count");
  if (trips.size() != 1 || trips[0] < 1 || trips[0] > kLongestWindow) {
    TypeContext::unsupported(
        fmt::format("a trip count of {}; one from 1 to 2^31 is needed", fmt::join(trips, ",")));
  }
  if (!node.has_input(kCondition)) return;
  if (node.integers(kCondition, "condition") != std::vector<std::int64_t>{1}) {
    TypeContext::unsupported("its condition is false from the start");
  }
}

void type_body_inputs(TypeContext& node, const Block& body, std::size_t carried) {
  OperatorGraph& graph = node.graph();
  for (std::size_t i = 0; i < kFirstCarried + carried; ++i) {
    Value& value = graph.value(body.inputs[i]);
    value.typed = true;
    if (i < kFirstCarried) {
      value.type = i == 0 ? models::ElementType::kInt64 : models::ElementType::kBool;
    } else {
      value.type = node.input(i).type;
      value.shape = node.input(i).shape;
    }
  }
}

void check_condition(const TypeContext& node, const Block& body, OperatorGraph& graph) {
  const ValueId condition = graph.root(body.outputs[0]);
  const auto& known = graph.value(condition).integers;
  if (condition == body.inputs[kCondition] || known == std::vector<std::int64_t>{1}) return;
  TypeContext::unsupported(fmt::format("its condition ('{}') may end it before its {} iterations",
                                       graph.value(body.outputs[0]).name,
                                       node.integers(kTripCount, "trip count")[0]));
}

/// The output is another value: a constant, or one that the body only hands through.
void set_alias(OperatorGraph& graph, ValueId output, ValueId source) {
  const Value& from = graph.value(source);
  Value& value = graph.value(output);
  value.typed = true;
  value.type = from.type;
  value.shape = from.shape;
  value.constant = from.constant;
  value.values_unknown = from.values_unknown;
  value.integers = from.integers;
  value.view_of = graph.root(source);
}

void type_carried(TypeContext& node, const Block& body, std::size_t i) {
  OperatorGraph& graph = node.graph();
  const ValueId result = body.outputs[i + 1];
  const Value& before = node.input(kFirstCarried + i);
  const Value& after = graph.value(result);
  if (after.shape != before.shape || after.type != before.type) {
    TypeContext::unsupported(
        fmt::format("carried value '{}' changes from {} {} to {} {}", before.name,
                    models::to_string(before.type), fmt::join(before.shape, "x"),
                    models::to_string(after.type), fmt::join(after.shape, "x")));
  }
  if (!node.has_output(i)) return;
  if (graph.root(result) == body.inputs[kFirstCarried + i]) {
    set_alias(graph, *node.node().outputs[i], *node.node().inputs[kFirstCarried + i]);
  } else if (after.constant) {
    set_alias(graph, *node.node().outputs[i], result);
  } else {
    node.set_output(i, before.type, before.shape);
  }
}

void infer_loop(TypeContext& node) {
  check_control(node);
  const Block& body = body_of(node.node());
  const std::size_t carried = carried_count(node.node());
  if (body.inputs.size() != kFirstCarried + carried || body.outputs.size() < 1 + carried ||
      node.output_count() > body.outputs.size() - 1) {
    TypeContext::fail(fmt::format(
        "carries {} value(s) and has {} result(s), but its body has {} input(s) and {} output(s)",
        carried, node.output_count(), body.inputs.size(), body.outputs.size()));
  }
  type_body_inputs(node, body, carried);
  if (!node.blocks().infer_body(*node.mutable_node().blocks.at("body"))) return;
  OperatorGraph& graph = node.graph();
  check_condition(node, body, graph);
  for (std::size_t i = 0; i < carried; ++i) type_carried(node, body, i);
  for (std::size_t i = carried; i < node.output_count(); ++i) {
    const Value& step = graph.value(body.outputs[i + 1]);
    Shape shape = step.shape;
    shape.insert(shape.begin(), node.integers(kTripCount, "trip count")[0]);
    const bool constant = step.constant;
    node.set_output(i, step.type, std::move(shape));
    if (constant && node.has_output(i)) graph.value(*node.node().outputs[i]).constant = true;
  }
}

class LoopLowering {
 public:
  explicit LoopLowering(LayerContext& node)
      : node_(node),
        draft_(node.draft()),
        body_(body_of(node.node())),
        steps_(node.input(kTripCount).integers->front()),
        recurrence_(draft_.add_recurrence(node.node().name, steps_)) {}

  void lower() {
    add_states();
    first_layer_ = draft_.layers.size();
    node_.blocks().lower_body(body_);
    hand_on();
    find_dependent();
    settle_tensors();
    for (std::size_t i = carried_count(node_.node()); i < node_.node().outputs.size(); ++i) {
      if (node_.output_used(i) && !node_.output(i).constant) collect_steps(i);
    }
  }

 private:
  void add_states() {
    // What carried values start from; parts that stand side by side are copied together first,
    // outside of the recurrence.
    std::vector<std::optional<TensorId>> initial(body_.inputs.size());
    for (std::size_t i = kFirstCarried; i < body_.inputs.size(); ++i) {
      if (!node_.input(i).constant) initial[i] = node_.read_whole(i);
    }
    first_tensor_ = draft_.tensors.size();
    for (std::size_t i = 0; i < body_.inputs.size(); ++i) {
      const TensorId state = node_.tensors().create(body_.inputs[i]);
      draft_.tensor(state).recurrent_state = models::RecurrentState{initial[i], std::nullopt};
      states_.push_back(state);
      // Nobody waits for the number of the iteration, nor for a value that never changes.
      if (i >= kFirstCarried &&
          node_.graph().root(body_.outputs[i - kFirstCarried + 1]) != body_.inputs[i]) {
        dependent_.insert(state);
      }
    }
  }

  /// Says what each state becomes, and what the carried values leave after the last step.
  void hand_on() {
    for (std::size_t i = 0; i < carried_count(node_.node()); ++i) {
      const ValueId result = body_.outputs[i + 1];
      const TensorId state = states_[i + kFirstCarried];
      if (node_.graph().value(result).constant) continue;
      std::vector<TensorId> parts = node_.tensors().of(result);
      if (parts == std::vector{state}) continue;  // never changes
      const bool from_other_state = parts.size() == 1 &&
                                    draft_.tensor(parts.front()).recurrent_state &&
                                    parts.front().index() >= first_tensor_;
      if (parts.size() > 1 || from_other_state) parts = {copy(result, parts)};
      draft_.tensor(state).recurrent_state->next = parts.front();
      handed_on_.insert(parts.front());
      if (node_.output_used(i)) node_.tensors().bind(*node_.node().outputs[i], parts);
    }
  }

  /// A layer of the body that copies a value's parts into one tensor.
  TensorId copy(ValueId id, const std::vector<TensorId>& parts) {
    const Value& value = node_.graph().value(id);
    models::Tensor tensor;
    tensor.name = fmt::format("{}/copy_of_{}", node_.node().name, value.name);
    tensor.shape = value.shape;
    tensor.type = value.type;
    const TensorId made = draft_.add_tensor(std::move(tensor));
    DraftLayer entry = node_.new_layer(fmt::format("copy_of_{}", value.name));
    entry.layer.op = "Identity";
    entry.layer.work = models::MoveWork{element_count(value.shape).value()};
    entry.layer.inputs = parts;
    entry.layer.outputs = {made};
    draft_.layers.push_back(std::move(entry));
    return made;
  }

  /// The layers of the body are in topological order: one pass finds all that wait for a state.
  /// What is handed on to the next step is made step by step as well.
  void find_dependent() {
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
  void settle_tensors() {
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

  /// Gathers what the steps leave of one body output, for output `index` of the node.
  void collect_steps(std::size_t index) {
    const ValueId result = body_.outputs[index + 1];
    std::vector<TensorId> collected;
    for (const TensorId part : node_.tensors().of(result)) {
      collected.push_back(collect_part(part, node_.output(index).name));
    }
    node_.tensors().bind(*node_.node().outputs[index], std::move(collected));
  }

  TensorId collect_part(TensorId part, const std::string& name) {
    if (const auto done = collected_.find(part); done != collected_.end()) return done->second;
    const auto writer = writer_.find(part);
    const bool batched =
        writer != writer_.end() && draft_.layers[writer->second].layer.time_batchable;
    if (batched) return part;
    models::Tensor all = draft_.tensor(part);
    all.name = name;
    all.per_step_of.reset();
    all.recurrent_state.reset();
    all.shape.insert(all.shape.begin(), steps_);
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

  /// A state, or a value from outside, that the Loop gives out step by step.
  void add_copy_to(TensorId all_steps, TensorId source) {
    DraftLayer entry = node_.new_layer(fmt::format("copy_of_{}", draft_.tensor(source).name));
    entry.layer.op = "Identity";
    entry.layer.work = models::MoveWork{draft_.tensor(source).elements()};
    entry.layer.inputs = {source};
    entry.layer.outputs = {all_steps};
    entry.layer.recurrence = recurrence_;
    entry.layer.time_batchable = !dependent_.contains(source);
    draft_.layers.push_back(std::move(entry));
  }

  LayerContext& node_;
  Draft& draft_;
  const Block& body_;
  std::int64_t steps_;
  models::RecurrenceId recurrence_;
  std::size_t first_tensor_ = 0;
  std::size_t first_layer_ = 0;
  std::vector<TensorId> states_;            ///< of the body's inputs
  std::set<TensorId> dependent_;            ///< on a carried value
  std::set<TensorId> handed_on_;            ///< what states become
  std::set<TensorId> read_;                 ///< by layers of the body
  std::map<TensorId, std::size_t> writer_;  ///< layer of the body, by tensor
  std::map<TensorId, TensorId> collected_;  ///< tensor of all steps, by that of one
};

void lower_loop(LayerContext& node) { LoopLowering(node).lower(); }

}  // namespace

Lowering loop_lowering() { return {"", {{"Loop", infer_loop, lower_loop}}}; }

}  // namespace mensa::onnx_import
