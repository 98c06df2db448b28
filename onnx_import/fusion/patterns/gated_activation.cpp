#include <cmath>
#include <limits>

#include "onnx_import/fusion/patterns/families.h"

// Activations that are x times a gate of x: HardSwish (Howard et al. 2019, arXiv 1905.02244), SiLU
// or Swish, its faster GELU (1606.08415), Mish (1908.08681); and HardSigmoid, the gate of the
// first.

namespace mensa::onnx_import {
namespace {

/// The factor in QuickGelu's gate.
constexpr double kQuickGelu = 1.702;

/// A limit of Clip: an attribute up to operator set 10, then an input.
bool has_limit(const OperatorGraph& graph, const Node& node, std::size_t input,
               std::string_view attribute, double wanted) {
  if (node.inputs.size() > input && node.inputs[input]) {
    return is_number(graph.value(*node.inputs[input]), wanted);
  }
  return node.attributes.number_or(attribute, std::numeric_limits<double>::quiet_NaN()) == wanted;
}

Pattern clip_from_zero(Pattern of, double high) {
  const auto has_limits = [high](const OperatorGraph& graph, const Node& node) {
    return has_limit(graph, node, 1, "min", 0) && has_limit(graph, node, 2, "max", high);
  };
  return apply("Clip", {std::move(of)}, {}, has_limits);
}

/// ReLU6(x + 3), of which a sixth is the gate.
Pattern six_gates(const Pattern& x) { return clip_from_zero(add(x, number(3)), 6); }

/// The gate itself.
Pattern unit_gate(const Pattern& x) {
  const auto is_gate = [](const OperatorGraph& /*graph*/, const Node& node) {
    constexpr double kTolerance = 1e-3;  // 0.1667 is 1/6 to exporters
    const double alpha = node.attributes.number_or("alpha", 0.2);
    return std::abs(alpha - 1.0 / 6) < kTolerance && node.attributes.number_or("beta", 0.5) == 0.5;
  };
  return either({apply("HardSigmoid", {x}, {}, is_gate),
                 clip_from_zero(add(product({x, number(1.0 / 6)}), number(0.5)), 1)});
}

std::optional<Node> compose_hard_swish(const OperatorGraph& /*graph*/, const Match& match) {
  return composed("HardSwish", match, {"x"});
}

std::optional<Node> compose_hard_sigmoid(const OperatorGraph& /*graph*/, const Match& match) {
  Node node = composed("HardSigmoid", match, {"x"});
  node.attributes.add("alpha", 1.0 / 6);
  node.attributes.add("beta", 0.5);
  return node;
}

std::optional<Node> compose_swish(const OperatorGraph& /*graph*/, const Match& match) {
  return composed("Swish", match, {"x"});
}

std::optional<Node> compose_quick_gelu(const OperatorGraph& /*graph*/, const Match& match) {
  Node node = composed("QuickGelu", match, {"x"});
  node.domain = "com.microsoft";
  node.attributes.add("alpha", kQuickGelu);
  return node;
}

std::optional<Node> compose_mish(const OperatorGraph& /*graph*/, const Match& match) {
  return composed("Mish", match, {"x"});
}

}  // namespace

std::vector<DecomposedOperator> gated_activation_forms() {
  const Pattern x = any("x");
  const Pattern softplus =
      either({apply("Softplus", {x}), apply("Log", {add(number(1), apply("Exp", {x}))})});
  return {{product({x, number(1.0 / 6), six_gates(x)}), compose_hard_swish},
          {product({x, unit_gate(x)}), compose_hard_swish},
          {product({number(1.0 / 6), six_gates(x)}), compose_hard_sigmoid},
          {product({x, apply("Sigmoid", {x})}), compose_swish},
          {product({x, apply("Sigmoid", {product({x, number(kQuickGelu)})})}), compose_quick_gelu},
          {product({x, apply("Tanh", {softplus})}), compose_mish}};
}

}  // namespace mensa::onnx_import
