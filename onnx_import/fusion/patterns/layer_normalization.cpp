#include "onnx_import/fusion/patterns/families.h"
#include "onnx_import/fusion/patterns/normalization_parts.h"

// LayerNormalization (Ba et al. 2016, arXiv 1607.06450), which operator sets before 17 do not have:
//
//   d = x - mean(x);  y = d / sqrt(mean(d^2) + epsilon) * scale + shift
//
// as PyTorch and Paddle write it, with the difference taken once or twice, and with conversions to
// single precision between; and as TensorFlow does, r = scale / sqrt(...): x r + (shift - mean r).

namespace mensa::onnx_import {
namespace {

std::optional<Node> compose_layer_normalization(const OperatorGraph& graph, const Match& match) {
  const auto axis = first_reduced_axis(graph, match, "mean");
  const ValueId x = *match.value("x");
  if (!axis || !lie_on_last_axes(graph, match, {"scale", "shift"}, x, *axis)) return std::nullopt;
  Node node = composed("LayerNormalization", match, {"x", "scale", "shift"});
  node.attributes.add("axis", static_cast<std::int64_t>(*axis));
  return node;
}

}  // namespace

std::vector<DecomposedOperator> layer_normalization_forms() {
  const Pattern x = maybe_cast(any("x"));
  const Pattern scale = parameter("scale");
  const Pattern shift = parameter("shift");
  const Pattern mean = apply("ReduceMean", {x}, "mean");
  const Pattern difference = maybe_cast(apply("Sub", {x, mean}));
  const Pattern variance = apply("ReduceMean", {maybe_cast(square(difference))}, "mean");

  const Pattern normalized = maybe_cast(over_deviation(difference, variance));
  const Pattern scaled = multiply(normalized, scale);
  const Pattern inverse = inverse_deviation(variance);
  const Pattern factor = either({multiply(inverse, scale), inverse});
  const Pattern tensorflow =
      add(multiply(x, factor), apply("Sub", {shift, multiply(mean, factor)}));
  return {{tensorflow, compose_layer_normalization},
          {add(maybe_cast(scaled), shift), compose_layer_normalization},
          {scaled, compose_layer_normalization},
          {over_deviation(difference, variance), compose_layer_normalization}};
}

}  // namespace mensa::onnx_import
