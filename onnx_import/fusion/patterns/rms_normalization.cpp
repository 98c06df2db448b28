#include "onnx_import/fusion/patterns/families.h"
#include "onnx_import/fusion/patterns/normalization_parts.h"

// RMSNormalization (Zhang and Sennrich 2019, arXiv 1910.07467), which operator sets before 23 do
// not have: x / sqrt(mean(x^2) + epsilon) * scale, computed in single precision or not.

namespace mensa::onnx_import {
namespace {

std::optional<Node> compose_rms_normalization(const OperatorGraph& graph, const Match& match) {
  const auto axis = first_reduced_axis(graph, match, "mean");
  const ValueId x = *match.value("x");
  if (!axis || !lie_on_last_axes(graph, match, {"scale"}, x, *axis)) return std::nullopt;
  Node node = composed("RMSNormalization", match, {"x", "scale"});
  node.attributes.add("axis", static_cast<std::int64_t>(*axis));
  return node;
}

}  // namespace

std::vector<DecomposedOperator> rms_normalization_forms() {
  const Pattern x = maybe_cast(any("x"));
  const Pattern mean_square = apply("ReduceMean", {square(x)}, "mean");
  const Pattern normalized = over_deviation(x, mean_square);
  return {{multiply(maybe_cast(normalized), parameter("scale")), compose_rms_normalization},
          {normalized, compose_rms_normalization}};
}

}  // namespace mensa::onnx_import
