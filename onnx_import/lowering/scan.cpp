#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "onnx_import/lowering/lowering.h"
#include "onnx_import/lowering/repeated_body.h"

// A Scan's body takes states and one step's part of each sequence, and leaves the new states and
// one step's part of each result. Which way a sequence is gone through changes no work.

namespace mensa::onnx_import {
namespace {

/// How many of a node's inputs and outputs are states and how many sequences; inputs and outputs of
/// the body stand in the same order.
struct Scan {
  std::size_t states = 0;
  std::size_t sequences = 0;
  std::size_t results = 0;
  std::int64_t steps = 0;
};

/// The axis of sequence (or result) `at` along which the steps stand.
template <class Context>
std::size_t step_axis(const Context& node, std::string_view attribute, std::size_t at,
                      std::size_t rank) {
  const auto axes = node.attributes().integers_or(attribute, {});
  const std::int64_t axis = at < axes.size() ? axes[at] : 0;
  const auto signed_rank = static_cast<std::int64_t>(rank);
  if (axis < -signed_rank || axis >= signed_rank) {
    TypeContext::fail(
        fmt::format("{} has {}, but there are {} axes", attribute, axis, signed_rank));
  }
  return static_cast<std::size_t>(axis < 0 ? axis + signed_rank : axis);
}

template <class Context>
std::size_t input_axis(const Context& node, const Scan& scan, std::size_t at) {
  return step_axis(node, "scan_input_axes", at, node.shape(scan.states + at).size());
}

template <class Context>
Scan read_scan(const Context& node, const Block& body) {
  const std::size_t inputs = node.node().inputs.size();
  const std::int64_t sequences = node.attributes().integer_or("num_scan_inputs", 0);
  if (sequences < 1 || sequences > static_cast<std::int64_t>(inputs)) {
    TypeContext::fail(
        fmt::format("num_scan_inputs is {}, but it has {} input(s)", sequences, inputs));
  }
  Scan scan;
  scan.sequences = static_cast<std::size_t>(sequences);
  scan.states = inputs - scan.sequences;
  if (body.inputs.size() != inputs || body.outputs.size() < scan.states ||
      node.node().outputs.size() > body.outputs.size()) {
    TypeContext::fail(fmt::format(
        "has {} state(s), {} sequence(s) and {} result(s), but its body has {} input(s) and {} "
        "output(s)",
        scan.states, scan.sequences, node.node().outputs.size(), body.inputs.size(),
        body.outputs.size()));
  }
  scan.results = body.outputs.size() - scan.states;
  for (std::size_t i = 0; i < scan.sequences; ++i) {
    const std::int64_t steps = node.shape(scan.states + i)[input_axis(node, scan, i)];
    if (i > 0 && steps != scan.steps) {
      TypeContext::fail(fmt::format("its sequences have {} and {} steps", scan.steps, steps));
    }
    scan.steps = steps;
  }
  return scan;
}

void infer_scan(TypeContext& node) {
  constexpr std::int64_t kWithoutBatch = 9;
  if (node.opset() < kWithoutBatch) TypeContext::unsupported("the form before operator set 9");
  if (node.in_loop()) TypeContext::unsupported("a Scan inside of a Loop; recurrences do not nest");
  const Block& body = body_of(node.node());
  const Scan scan = read_scan(node, body);
  if (scan.steps < 1) TypeContext::unsupported("sequences of no steps");
  OperatorGraph& graph = node.graph();
  for (std::size_t i = 0; i < body.inputs.size(); ++i) {
    Shape shape = node.shape(i);
    if (i >= scan.states) {
      const std::size_t axis = input_axis(node, scan, i - scan.states);
      shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(axis));
    }
    type_body_input(graph, body.inputs[i], node.input(i), std::move(shape));
  }
  if (!node.blocks().infer_body(*node.mutable_node().blocks.at("body"))) return;
  for (std::size_t i = 0; i < scan.states; ++i) {
    type_carried(node, i, i, body.inputs[i], body.outputs[i]);
  }
  for (std::size_t i = scan.states; i < node.output_count(); ++i) {
    const std::size_t rank = graph.value(body.outputs[i]).shape.size() + 1;
    type_collected(node, i, body.outputs[i], scan.steps,
                   step_axis(node, "scan_output_axes", i - scan.states, rank));
  }
}

void lower_scan(LayerContext& node) {
  const Block& block = body_of(node.node());
  const Scan scan = read_scan(node, block);
  std::vector<std::optional<models::TensorId>> sources(block.inputs.size());
  for (std::size_t i = 0; i < block.inputs.size(); ++i) {
    if (i >= scan.states || !node.input(i).constant) sources[i] = node.read_whole(i);
  }
  RepeatedBody body(node, scan.steps);
  for (std::size_t i = 0; i < scan.states; ++i) {
    body.add_state(block.inputs[i], sources[i], block.outputs[i],
                   i < node.node().outputs.size() ? std::optional(i) : std::nullopt);
  }
  for (std::size_t i = 0; i < scan.sequences; ++i) {
    const Shape& shape = node.shape(scan.states + i);
    const auto axis = static_cast<std::ptrdiff_t>(input_axis(node, scan, i));
    const bool in_order = std::all_of(shape.begin(), shape.begin() + axis,
                                      [](std::int64_t extent) { return extent == 1; });
    body.add_scanned(block.inputs[scan.states + i], *sources[scan.states + i], in_order);
  }
  for (std::size_t i = scan.states; i < node.node().outputs.size(); ++i) {
    if (!node.node().outputs[i]) continue;
    const std::size_t rank = node.output(i).shape.size();
    body.add_collected(block.outputs[i], i,
                       step_axis(node, "scan_output_axes", i - scan.states, rank));
  }
  body.lower();
}

}  // namespace

Lowering scan_lowering() { return {"", {{"Scan", infer_scan, lower_scan}}}; }

}  // namespace mensa::onnx_import
