#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string_view>
#include <type_traits>
#include <vector>

#include "onnx_import/execution/kernel.h"
#include "onnx_import/operator_graph/element_types.h"

// Operators that compute each element from the one in its place, each in single precision.

namespace mensa::onnx_import {
namespace {

using Integer = std::int64_t;

template <class Function>
void apply(KernelContext& node, const Function& function) {
  std::vector<float> result = node.floats(0);
  for (float& x : result) x = function(x);
  node.set(0, std::move(result));
}

template <float (*kFunction)(float)>
void apply(KernelContext& node) {
  apply(node, kFunction);
}

/// A function with the parameters of a node, which are attributes.
template <float (*kFunction)(float, float, float)>
struct Parametric {
  static void apply_with(KernelContext& node, std::string_view a, double a_default,
                         std::string_view b, double b_default) {
    const auto first = static_cast<float>(node.attributes().number_or(a, a_default));
    const auto second = static_cast<float>(node.attributes().number_or(b, b_default));
    apply(node, [=](float x) { return kFunction(x, first, second); });
  }
};

float sigmoid(float x) { return 1 / (1 + std::exp(-x)); }
float tanh_of(float x) { return std::tanh(x); }
/// ln(1 + e^x), without overflow.
float softplus(float x) { return std::max(x, 0.0F) + std::log1p(std::exp(-std::abs(x))); }
float softsign(float x) { return x / (1 + std::abs(x)); }
float mish(float x) { return x * std::tanh(softplus(x)); }
float hard_swish(float x) { return x * std::clamp(x / 6 + 0.5F, 0.0F, 1.0F); }
float ceil_of(float x) { return std::ceil(x); }
float floor_of(float x) { return std::floor(x); }
/// Halves to the even neighbour.
float round_of(float x) { return std::nearbyint(x); }
float reciprocal(float x) { return 1 / x; }
float square_root(float x) { return std::sqrt(x); }
float exponential(float x) { return std::exp(x); }
float logarithm(float x) { return std::log(x); }
float erf_of(float x) { return std::erf(x); }
float sine(float x) { return std::sin(x); }
float cosine(float x) { return std::cos(x); }
float tangent(float x) { return std::tan(x); }
float arc_sine(float x) { return std::asin(x); }
float arc_cosine(float x) { return std::acos(x); }
float arc_tangent(float x) { return std::atan(x); }
float hyperbolic_sine(float x) { return std::sinh(x); }
float hyperbolic_cosine(float x) { return std::cosh(x); }
float area_sine(float x) { return std::asinh(x); }
float area_cosine(float x) { return std::acosh(x); }
float area_tangent(float x) { return std::atanh(x); }

float leaky_relu(float x, float alpha, float /*unused*/) { return x < 0 ? alpha * x : x; }
float elu(float x, float alpha, float /*unused*/) { return x < 0 ? alpha * std::expm1(x) : x; }
float celu(float x, float alpha, float /*unused*/) {
  return std::max(0.0F, x) + std::min(0.0F, alpha * std::expm1(x / alpha));
}
float selu(float x, float alpha, float gamma) {
  return gamma * (x > 0 ? x : alpha * std::expm1(x));
}
float hard_sigmoid(float x, float alpha, float beta) {
  return std::clamp(alpha * x + beta, 0.0F, 1.0F);
}
float thresholded_relu(float x, float alpha, float /*unused*/) { return x > alpha ? x : 0; }
float shrink(float x, float bias, float lambda) {
  if (x < -lambda) return x + bias;
  return x > lambda ? x - bias : 0;
}
float swish(float x, float alpha, float /*unused*/) { return x * sigmoid(alpha * x); }

void leaky_relu(KernelContext& node) {
  Parametric<leaky_relu>::apply_with(node, "alpha", 0.01, "", 0);
}
void elu(KernelContext& node) { Parametric<elu>::apply_with(node, "alpha", 1, "", 0); }
void celu(KernelContext& node) { Parametric<celu>::apply_with(node, "alpha", 1, "", 0); }
/// Defaults as the operator's definition has them, to the digits of a float.
void selu(KernelContext& node) {
  Parametric<selu>::apply_with(node, "alpha", 1.67326319, "gamma", 1.05070102);
}
void hard_sigmoid(KernelContext& node) {
  Parametric<hard_sigmoid>::apply_with(node, "alpha", 0.2, "beta", 0.5);
}
void thresholded_relu(KernelContext& node) {
  Parametric<thresholded_relu>::apply_with(node, "alpha", 1, "", 0);
}
void shrink(KernelContext& node) { Parametric<shrink>::apply_with(node, "bias", 0, "lambd", 0.5); }
void swish(KernelContext& node) { Parametric<swish>::apply_with(node, "alpha", 1, "", 0); }

void gelu(KernelContext& node) {
  constexpr float kRootHalf = 0.70710678F;
  constexpr float kRootTwoOverPi = 0.79788456F;
  if (node.attributes().string_or("approximate", "none") == "tanh") {
    apply(node, [](float x) {
      return 0.5F * x * (1 + std::tanh(kRootTwoOverPi * (x + 0.044715F * x * x * x)));
    });
  } else {
    apply(node, [](float x) { return 0.5F * x * (1 + std::erf(x * kRootHalf)); });
  }
}

float negated(float x) { return -x; }
/// Without overflow; results are wrapped to their type.
Integer negated(Integer x) { return static_cast<Integer>(-static_cast<std::uint64_t>(x)); }
float rectified(float x) { return x < 0 ? 0 : x; }
Integer rectified(Integer x) { return std::max<Integer>(x, 0); }
float absolute(float x) { return std::abs(x); }
Integer absolute(Integer x) { return x < 0 ? negated(x) : x; }
float sign(float x) { return x > 0 ? 1.0F : x < 0 ? -1.0F : x; }
Integer sign(Integer x) { return (x > 0 ? 1 : 0) - (x < 0 ? 1 : 0); }

template <float (*kFloat)(float), Integer (*kInteger)(Integer)>
void apply_either(KernelContext& node) {
  if (is_float(node.output(0).type)) return apply<kFloat>(node);
  std::vector<Integer> result = node.integers(0);
  for (Integer& x : result) x = wrapped(kInteger(x), node.output(0).type);
  node.set(0, std::move(result));
}

void logical_not(KernelContext& node) {
  std::vector<Integer> result = node.integers(0);
  for (Integer& x : result) x = x == 0 ? 1 : 0;
  node.set(0, std::move(result));
}

template <class T>
void clip(KernelContext& node, const std::vector<T>& from) {
  const auto limit = [&](std::size_t input, const char* attribute, T fallback) {
    if (node.has_input(input)) {
      const auto* given = std::get_if<std::vector<T>>(&node.input(input));
      if (given == nullptr || given->size() != 1) TypeContext::fail("a limit is no single number");
      return given->front();
    }
    if (!node.attributes().has(attribute)) return fallback;
    if (!std::is_floating_point_v<T>) TypeContext::fail("limits of integers are inputs");
    return static_cast<T>(static_cast<float>(node.attributes().number_or(attribute, 0)));
  };
  const T least = limit(1, "min", std::numeric_limits<T>::lowest());
  const T most = limit(2, "max", std::numeric_limits<T>::max());
  std::vector<T> result = from;
  // The upper limit wins where they cross.
  for (T& x : result) {
    if (x < least) x = least;
    if (x > most) x = most;
  }
  node.set(0, std::move(result));
}

void clip(KernelContext& node) {
  std::visit([&](const auto& from) { clip(node, from); }, node.input(0));
}

void is_nan(KernelContext& node) {
  std::vector<Integer> result;
  result.reserve(node.output_size(0));
  for (const float x : node.floats(0)) result.push_back(std::isnan(x) ? 1 : 0);
  node.set(0, std::move(result));
}

void is_inf(KernelContext& node) {
  const bool positive = node.attributes().integer_or("detect_positive", 1) != 0;
  const bool negative = node.attributes().integer_or("detect_negative", 1) != 0;
  std::vector<Integer> result;
  result.reserve(node.output_size(0));
  for (const float x : node.floats(0)) {
    result.push_back(std::isinf(x) && (x > 0 ? positive : negative) ? 1 : 0);
  }
  node.set(0, std::move(result));
}

}  // namespace

std::vector<Kernel> unary_kernels() {
  std::vector<Kernel> kernels = {{"Relu", apply_either<rectified, rectified>},
                                 {"Neg", apply_either<negated, negated>},
                                 {"Abs", apply_either<absolute, absolute>},
                                 {"Sign", apply_either<sign, sign>},
                                 {"Not", logical_not},
                                 {"Clip", clip}};
  const std::vector<Kernel> of_floats = {{"Sigmoid", apply<sigmoid>},
                                         {"Tanh", apply<tanh_of>},
                                         {"Softplus", apply<softplus>},
                                         {"Softsign", apply<softsign>},
                                         {"Mish", apply<mish>},
                                         {"HardSwish", apply<hard_swish>},
                                         {"Ceil", apply<ceil_of>},
                                         {"Floor", apply<floor_of>},
                                         {"Round", apply<round_of>},
                                         {"Reciprocal", apply<reciprocal>},
                                         {"Sqrt", apply<square_root>},
                                         {"Exp", apply<exponential>},
                                         {"Log", apply<logarithm>},
                                         {"Erf", apply<erf_of>},
                                         {"Sin", apply<sine>},
                                         {"Cos", apply<cosine>},
                                         {"Tan", apply<tangent>},
                                         {"Asin", apply<arc_sine>},
                                         {"Acos", apply<arc_cosine>},
                                         {"Atan", apply<arc_tangent>},
                                         {"Sinh", apply<hyperbolic_sine>},
                                         {"Cosh", apply<hyperbolic_cosine>},
                                         {"Asinh", apply<area_sine>},
                                         {"Acosh", apply<area_cosine>},
                                         {"Atanh", apply<area_tangent>},
                                         {"LeakyRelu", leaky_relu},
                                         {"Elu", elu},
                                         {"Celu", celu},
                                         {"Selu", selu},
                                         {"HardSigmoid", hard_sigmoid},
                                         {"ThresholdedRelu", thresholded_relu},
                                         {"Shrink", shrink},
                                         {"Swish", swish},
                                         {"Gelu", gelu},
                                         {"IsNaN", is_nan},
                                         {"IsInf", is_inf}};
  for (Kernel kernel : of_floats) {
    kernel.check = check_floats;
    kernels.push_back(kernel);
  }
  return kernels;
}

}  // namespace mensa::onnx_import
