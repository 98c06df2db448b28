#include <numbers>

#include "onnx_import/fusion/patterns/families.h"

// GELU (Hendrycks and Gimpel 2016, arXiv 1606.08415), which operator sets before 20 do not have:
// x/2 (1 + erf(x / sqrt 2)), and its approximation x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))).

namespace mensa::onnx_import {
namespace {

constexpr double kCubic = 0.044715;
const double kTanhScale = std::numbers::sqrt2 * std::numbers::inv_sqrtpi;  // sqrt(2/pi)

/// x/2 (1 + of)
Pattern half_gated(Pattern of) {
  return product({any("x"), number(0.5), add(number(1), std::move(of))});
}

std::optional<Node> compose_gelu(const OperatorGraph& /*graph*/, const Match& match) {
  return composed("Gelu", match, {"x"});
}

std::optional<Node> compose_tanh_gelu(const OperatorGraph& /*graph*/, const Match& match) {
  Node node = composed("Gelu", match, {"x"});
  node.attributes.add("approximate", std::string("tanh"));
  return node;
}

}  // namespace

std::vector<DecomposedOperator> gelu_forms() {
  const Pattern x = any("x");
  const Pattern erf = apply("Erf", {product({x, number(1 / std::numbers::sqrt2)})});
  const Pattern cubic =
      either({product({number(kCubic), apply("Pow", {x, number(3)})}),
              product({number(kCubic), x, x, x}), product({number(kCubic), x, square(x)})});
  const Pattern quadratic = either(
      {product({number(kCubic), apply("Pow", {x, number(2)})}), product({number(kCubic), x, x})});
  const Pattern tanh_of_sum = apply("Tanh", {product({number(kTanhScale), add(x, cubic)})});
  const Pattern tanh_of_product =
      apply("Tanh", {product({number(kTanhScale), x, add(number(1), quadratic)})});
  return {{half_gated(erf), compose_gelu},
          {half_gated(tanh_of_sum), compose_tanh_gelu},
          {half_gated(tanh_of_product), compose_tanh_gelu}};
}

}  // namespace mensa::onnx_import
