#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "onnx_import/lowering/loop_trips.h"
#include "onnx_import/lowering/lowering.h"
#include "onnx_import/lowering/repeated_body.h"
#include "onnx_import/operator_graph/limits.h"

namespace mensa::onnx_import {
namespace {

constexpr std::size_t kTripCount = 0;
constexpr std::size_t kCondition = 1;
constexpr std::size_t kFirstCarried = 2;  ///< the same place among the body's inputs

std::size_t carried_count(const Node& node) {
  return node.inputs.size() - std::min(node.inputs.size(), kFirstCarried);
}

void check_control(const TypeContext& node) {
  if (node.in_loop()) TypeContext::unsupported("a Loop inside of a Loop; recurrences do not nest");
  if (!node.has_input(kCondition)) return;
  if (node.integers(kCondition, "condition") != std::vector<std::int64_t>{1}) {
    TypeContext::unsupported("its condition is false from the start");
  }
}

void type_body_inputs(TypeContext& node, const Block& body) {
  OperatorGraph& graph = node.graph();
  Value number;
  number.type = models::ElementType::kInt64;
  type_body_input(graph, body.inputs[0], number, {});
  number.type = models::ElementType::kBool;
  type_body_input(graph, body.inputs[1], number, {});
  for (std::size_t i = kFirstCarried; i < body.inputs.size(); ++i) {
    type_body_input(graph, body.inputs[i], node.input(i), node.shape(i));
  }
}

/// None where there is none.
std::optional<std::int64_t> trip_count(const TypeContext& node) {
  if (!node.has_input(kTripCount)) return std::nullopt;
  const auto& trips = node.integers(kTripCount, "trip count");
  if (trips.size() != 1) TypeContext::fail("its trip count is no single number");
  return trips[0];
}

/// The condition is true wherever the body runs, so that nothing needs to compute it.
void drop_condition(OperatorGraph& graph, const Block& body) {
  for (const ValueId id : {body.outputs[0], graph.root(body.outputs[0])}) {
    Value& value = graph.value(id);
    value.constant = true;
    value.integers = {1};
  }
}

/// Iterations, by its trip count and its condition.
std::int64_t steps_of(TypeContext& node, const Block& body) {
  OperatorGraph& graph = node.graph();
  const ValueId condition = graph.root(body.outputs[0]);
  const auto& known = graph.value(condition).integers;
  const bool endless = condition == body.inputs[kCondition] || known == Shape{1};
  std::optional<std::int64_t> steps;
  if (endless) {
    if (!node.has_input(kTripCount)) TypeContext::unsupported("no trip count, and no end");
    steps = trip_count(node);
  } else {
    const auto trips = trip_count(node);
    if (!trips || *trips > 0) steps = count_trips(node, body, trips);
    if (!steps) {
      TypeContext::unsupported(
          fmt::format("its condition ('{}') may end it before its {} iterations",
                      graph.value(body.outputs[0]).name, trips ? fmt::to_string(*trips) : "many"));
    }
  }
  if (!endless) drop_condition(graph, body);
  if (*steps < 1 || *steps > kLongestWindow) {
    TypeContext::unsupported(
        fmt::format("a trip count of {}; one from 1 to 2^31 is needed", *steps));
  }
  return *steps;
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
  type_body_inputs(node, body);
  if (!node.blocks().infer_body(*node.mutable_node().blocks.at("body"))) return;
  const std::int64_t steps = steps_of(node, body);
  node.mutable_node().steps = steps;
  for (std::size_t i = 0; i < carried; ++i) {
    type_carried(node, i, kFirstCarried + i, body.inputs[kFirstCarried + i], body.outputs[i + 1]);
  }
  for (std::size_t i = carried; i < node.output_count(); ++i) {
    type_collected(node, i, body.outputs[i + 1], steps, 0);
  }
}

void lower_loop(LayerContext& node) {
  const Block& block = body_of(node.node());
  // What carried values start from; parts that stand side by side are copied together first,
  // outside of the recurrence.
  std::vector<std::optional<models::TensorId>> initial(block.inputs.size());
  for (std::size_t i = kFirstCarried; i < block.inputs.size(); ++i) {
    if (!node.input(i).constant) initial[i] = node.read_whole(i);
  }
  RepeatedBody body(node, node.node().steps);
  for (std::size_t i = 0; i < block.inputs.size(); ++i) {
    if (i < kFirstCarried) {
      body.add_state(block.inputs[i], std::nullopt, std::nullopt, std::nullopt);
    } else {
      body.add_state(block.inputs[i], initial[i], block.outputs[i - kFirstCarried + 1],
                     i - kFirstCarried);
    }
  }
  for (std::size_t i = carried_count(node.node()); i < node.node().outputs.size(); ++i) {
    body.add_collected(block.outputs[i + 1], i, 0);
  }
  body.lower();
}

}  // namespace

Lowering loop_lowering() { return {"", {{"Loop", infer_loop, lower_loop}}}; }

}  // namespace mensa::onnx_import
