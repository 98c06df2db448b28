#include "onnx_import/fusion/patterns/families.h"

#include <algorithm>
#include <numeric>

#include "onnx_import/lowering/broadcast.h"

namespace mensa::onnx_import {

Node composed(std::string_view op, const Match& match,
              const std::vector<std::string_view>& inputs) {
  Node node;
  node.op = std::string(op);
  node.inputs.reserve(inputs.size());
  for (const std::string_view name : inputs) node.inputs.push_back(match.value(name));
  while (!node.inputs.empty() && !node.inputs.back()) node.inputs.pop_back();
  return node;
}

std::optional<std::vector<std::size_t>> kept_reduced_axes(const OperatorGraph& graph,
                                                          const Node& node) {
  const auto rank = std::ssize(graph.value(*node.inputs[0]).shape);
  if (node.attributes.integer_or("keepdims", 1) == 0) return std::nullopt;
  std::vector<std::int64_t> axes = node.attributes.integers_or("axes", {});
  if (node.inputs.size() > 1 && node.inputs[1]) {
    const auto& known = graph.value(*node.inputs[1]).integers;
    if (!known) return std::nullopt;
    axes = *known;
  }
  if (axes.empty()) {
    if (node.attributes.integer_or("noop_with_empty_axes", 0) != 0) return std::nullopt;
    axes.resize(static_cast<std::size_t>(rank));
    std::iota(axes.begin(), axes.end(), 0);
  }
  std::vector<std::size_t> places;
  places.reserve(axes.size());
  for (const std::int64_t axis : axes) {
    places.push_back(static_cast<std::size_t>(axis < 0 ? axis + rank : axis));
  }
  std::sort(places.begin(), places.end());
  places.erase(std::unique(places.begin(), places.end()), places.end());
  return places;
}

std::optional<std::size_t> first_reduced_axis(const OperatorGraph& graph, const Match& match,
                                              std::string_view name) {
  std::optional<std::size_t> first;
  for (const Node* node : match.nodes_named(name)) {
    const auto axes = kept_reduced_axes(graph, *node);
    const std::size_t rank = graph.value(*node->inputs[0]).shape.size();
    // Distinct, so that they are all from the first on where there are so many.
    if (!axes || axes->empty() || axes->size() != rank - axes->front()) return std::nullopt;
    if (first && *first != axes->front()) return std::nullopt;
    first = axes->front();
  }
  return first;
}

bool lie_on_last_axes(const OperatorGraph& graph, const Match& match,
                      const std::vector<std::string_view>& names, ValueId of, std::size_t axis) {
  const Shape& whole = graph.value(of).shape;
  const Shape last(whole.begin() + static_cast<std::ptrdiff_t>(axis), whole.end());
  return std::all_of(names.begin(), names.end(), [&](std::string_view name) {
    const auto id = match.value(name);
    return !id || broadcast_shape(graph.value(*id).shape, last) == last;
  });
}

}  // namespace mensa::onnx_import
