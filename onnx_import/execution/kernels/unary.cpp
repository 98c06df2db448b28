#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string_view>
#include <type_traits>
#include <vector>

#include "onnx_import/execution/kernel.h"
#include "onnx_import/operator_graph/element_types.h"
#include "onnx_import/operator_graph/elementary_functions.h"

// Operators that compute each element from the one in its place, each in single precision.

namespace mensa::onnx_import {
namespace {

using Integer = std::int64_t;

template <class Function>
void map_floats(KernelContext& node, const Function& function) {
  std::vector<float> result = node.floats(0);
  for (float& x : result) x = function(x);
  node.set(0, std::move(result));
}

template <float (*kFunction)(float)>
void execute_floats(KernelContext& node) {
  map_floats(node, kFunction);
}

/// A function with the parameters of a node, which are attributes.
template <float (*kFunction)(float, float, float)>
struct Parametric {
  static void apply_with(KernelContext& node, std::string_view a, double a_default,
                         std::string_view b, double b_default) {
    const auto first = static_cast<float>(node.attributes().number_or(a, a_default));
    const auto second = static_cast<float>(node.attributes().number_or(b, b_default));
    map_floats(node, [=](float x) { return kFunction(x, first, second); });
  }
};

/// ln(1 + e^x), without overflow.
float softplus(float x) { return std::max(x, 0.0F) + std::log1p(std::exp(-std::abs(x))); }
float softsign(float x) { return x / (1 + std::abs(x)); }
float mish(float x) { return x * std::tanh(softplus(x)); }
float hard_swish(float x) { return x * std::clamp(x / 6 + 0.5F, 0.0F, 1.0F); }
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

void execute_leaky_relu(KernelContext& node) {
  Parametric<leaky_relu>::apply_with(node, "alpha", 0.01, "", 0);
}
void execute_elu(KernelContext& node) { Parametric<elu>::apply_with(node, "alpha", 1, "", 0); }
void execute_celu(KernelContext& node) { Parametric<celu>::apply_with(node, "alpha", 1, "", 0); }
/// Defaults as the operator's definition has them, to the digits of a float.
void execute_selu(KernelContext& node) {
  Parametric<selu>::apply_with(node, "alpha", 1.67326319, "gamma", 1.05070102);
}
void execute_hard_sigmoid(KernelContext& node) {
  Parametric<hard_sigmoid>::apply_with(node, "alpha", 0.2, "beta", 0.5);
}
void execute_thresholded_relu(KernelContext& node) {
  Parametric<thresholded_relu>::apply_with(node, "alpha", 1, "", 0);
}
void execute_shrink(KernelContext& node) {
  Parametric<shrink>::apply_with(node, "bias", 0, "lambd", 0.5);
}
void execute_swish(KernelContext& node) { Parametric<swish>::apply_with(node, "alpha", 1, "", 0); }

void execute_gelu(KernelContext& node) {
  constexpr float kRootHalf = 0.70710678F;
  constexpr float kRootTwoOverPi = 0.79788456F;
  if (node.attributes().string_or("approximate", "none") == "tanh") {
    map_floats(node, [](float x) {
      return 0.5F * x * (1 + std::tanh(kRootTwoOverPi * (x + 0.044715F * x * x * x)));
    });
  } else {
    map_floats(node, [](float x) { return 0.5F * x * (1 + std::erf(x * kRootHalf)); });
  }
}

template <float (*kFloat)(float), Integer (*kInteger)(Integer)>
void execute_either(KernelContext& node) {
  if (is_float(node.output(0).type)) return execute_floats<kFloat>(node);
  std::vector<Integer> result = node.integers(0);
  for (Integer& x : result) x = wrapped(kInteger(x), node.output(0).type);
  node.set(0, std::move(result));
}

void execute_logical_not(KernelContext& node) {
  std::vector<Integer> result = node.integers(0);
  for (Integer& x : result) x = x == 0 ? 1 : 0;
  node.set(0, std::move(result));
}

template <class T>
void clip_elements(KernelContext& node, const std::vector<T>& from) {
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

void execute_clip(KernelContext& node) {
  std::visit([&](const auto& from) { clip_elements(node, from); }, node.input(0));
}

void execute_is_nan(KernelContext& node) {
  std::vector<Integer> result;
  result.reserve(node.output_size(0));
  for (const float x : node.floats(0)) result.push_back(std::isnan(x) ? 1 : 0);
  node.set(0, std::move(result));
}

void execute_is_inf(KernelContext& node) {
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
  std::vector<Kernel> kernels = {{"Relu", execute_either<rectified, rectified>},
                                 {"Neg", execute_either<negated, negated>},
                                 {"Abs", execute_either<absolute, absolute>},
                                 {"Sign", execute_either<sign, sign>},
                                 {"Not", execute_logical_not},
                                 {"Clip", execute_clip}};
  const std::vector<Kernel> of_floats = {{"Sigmoid", execute_floats<sigmoid>},
                                         {"Tanh", execute_floats<hyperbolic_tangent>},
                                         {"Softplus", execute_floats<softplus>},
                                         {"Softsign", execute_floats<softsign>},
                                         {"Mish", execute_floats<mish>},
                                         {"HardSwish", execute_floats<hard_swish>},
                                         {"Ceil", execute_floats<rounded_up>},
                                         {"Floor", execute_floats<rounded_down>},
                                         {"Round", execute_floats<rounded_to_even>},
                                         {"Reciprocal", execute_floats<reciprocal>},
                                         {"Sqrt", execute_floats<square_root>},
                                         {"Exp", execute_floats<exponential>},
                                         {"Log", execute_floats<logarithm>},
                                         {"Erf", execute_floats<error_function>},
                                         {"Sin", execute_floats<sine>},
                                         {"Cos", execute_floats<cosine>},
                                         {"Tan", execute_floats<tangent>},
                                         {"Asin", execute_floats<arc_sine>},
                                         {"Acos", execute_floats<arc_cosine>},
                                         {"Atan", execute_floats<arc_tangent>},
                                         {"Sinh", execute_floats<hyperbolic_sine>},
                                         {"Cosh", execute_floats<hyperbolic_cosine>},
                                         {"Asinh", execute_floats<area_sine>},
                                         {"Acosh", execute_floats<area_cosine>},
                                         {"Atanh", execute_floats<area_tangent>},
                                         {"LeakyRelu", execute_leaky_relu},
                                         {"Elu", execute_elu},
                                         {"Celu", execute_celu},
                                         {"Selu", execute_selu},
                                         {"HardSigmoid", execute_hard_sigmoid},
                                         {"ThresholdedRelu", execute_thresholded_relu},
                                         {"Shrink", execute_shrink},
                                         {"Swish", execute_swish},
                                         {"Gelu", execute_gelu},
                                         {"IsNaN", execute_is_nan},
                                         {"IsInf", execute_is_inf}};
  for (Kernel kernel : of_floats) {
    kernel.check = check_floats;
    kernels.push_back(kernel);
  }
  return kernels;
}

}  // namespace mensa::onnx_import
