#include "onnx_import/fusion/patterns/families.h"

// LpNormalization with p = 2: x over its Euclidean norm along one axis, as PyTorch's normalize is
// exported, with the norm kept from 0 and stretched to x's shape, or neither.

namespace mensa::onnx_import {
namespace {

std::optional<Node> compose_lp_normalization(const OperatorGraph& graph, const Match& match) {
  const auto axes = kept_reduced_axes(graph, *match.nodes_named("norm").front());
  if (!axes || axes->size() != 1) return std::nullopt;
  Node node = composed("LpNormalization", match, {"x"});
  node.attributes.add("axis", static_cast<std::int64_t>(axes->front()));
  node.attributes.add("p", std::int64_t{2});
  return node;
}

/// A lower limit that is small, and no upper one.
bool keeps_from_zero(const OperatorGraph& graph, const Node& node) {
  const bool has_max = node.attributes.has("max") || (node.inputs.size() > 2 && node.inputs[2]);
  if (has_max) return false;
  if (node.inputs.size() > 1 && node.inputs[1]) return is_small(graph.value(*node.inputs[1]));
  const double low = node.attributes.number_or("min", -1);
  return low >= 0 && low < 1e-2;  // as is_small() has it
}

}  // namespace

std::vector<DecomposedOperator> lp_normalization_forms() {
  const Pattern x = any("x");
  const Pattern squares =
      either({apply("ReduceSumSquare", {x}, "norm"), apply("ReduceSum", {square(x)}, "norm")});
  const Pattern norm = either({apply("ReduceL2", {x}, "norm"),
                               apply("Sqrt", {either({squares, add(squares, small())})}),
                               apply("Sqrt", {apply("Max", {squares, small()})})});
  const Pattern limited = either({apply("Clip", {norm}, {}, keeps_from_zero),
                                  apply("Max", {norm, small()}), add(norm, small()), norm});
  const Pattern stretched = either({apply("Expand", {limited, parameter("shape")}), limited});
  return {{apply("Div", {x, stretched}), compose_lp_normalization}};
}

}  // namespace mensa::onnx_import
