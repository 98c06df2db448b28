#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <optional>

#include "onnx_import/inference/evaluation/evaluators.h"
#include "onnx_import/inference/evaluation/values.h"
#include "onnx_import/lowering/broadcast.h"

namespace mensa::onnx_import {
namespace {

using Integer = std::int64_t;
using IntegerResult = std::optional<Integer>;

// Integers: none where the result is not defined or passes 64 bits.

IntegerResult plus(Integer a, Integer b) {
  Integer result = 0;
  return __builtin_add_overflow(a, b, &result) ? std::nullopt : IntegerResult(result);
}
IntegerResult minus(Integer a, Integer b) {
  Integer result = 0;
  return __builtin_sub_overflow(a, b, &result) ? std::nullopt : IntegerResult(result);
}
IntegerResult times(Integer a, Integer b) {
  Integer result = 0;
  return __builtin_mul_overflow(a, b, &result) ? std::nullopt : IntegerResult(result);
}
bool divides(Integer a, Integer b) {
  return b != 0 && (a != std::numeric_limits<Integer>::min() || b != -1);
}
/// Towards zero.
IntegerResult over(Integer a, Integer b) {
  return divides(a, b) ? IntegerResult(a / b) : std::nullopt;
}
/// With the sign of the divisor.
IntegerResult modulo(Integer a, Integer b) {
  if (!divides(a, b)) return std::nullopt;
  const Integer rest = a % b;
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}
/// With the sign of the dividend, as C has it.
IntegerResult remainder(Integer a, Integer b) {
  return divides(a, b) ? IntegerResult(a % b) : std::nullopt;
}
IntegerResult larger(Integer a, Integer b) { return std::max(a, b); }
IntegerResult smaller(Integer a, Integer b) { return std::min(a, b); }
IntegerResult bit_and(Integer a, Integer b) { return a & b; }
IntegerResult bit_or(Integer a, Integer b) { return a | b; }
IntegerResult bit_xor(Integer a, Integer b) { return a ^ b; }
IntegerResult power(Integer base, Integer exponent) {
  if (exponent < 0) return std::nullopt;
  IntegerResult result = 1;
  // The result passes 64 bits within 63 steps, unless the base is -1, 0 or 1.
  if (base >= -1 && base <= 1) exponent = exponent == 0 ? 0 : 2 - exponent % 2;
  for (; exponent > 0 && result; --exponent) result = times(*result, base);
  return result;
}

double plus(double a, double b) { return a + b; }
double minus(double a, double b) { return a - b; }
double times(double a, double b) { return a * b; }
double over(double a, double b) { return a / b; }
double remainder(double a, double b) { return std::fmod(a, b); }
double larger(double a, double b) { return std::isnan(a) || a > b ? a : b; }
double smaller(double a, double b) { return std::isnan(a) || a < b ? a : b; }
double power(double base, double exponent) { return std::pow(base, exponent); }

template <class T>
using BinaryFunction = std::conditional_t<std::is_same_v<T, double>, double (*)(double, double),
                                          IntegerResult (*)(Integer, Integer)>;

/// The operand's values, stretched to the shape of the result; none where they are no T.
template <class T>
std::optional<std::vector<T>> stretched(const TypeContext& node, std::size_t input) {
  const std::vector<T>* from = values_of<T>(node.input(input));
  if (from == nullptr) return std::nullopt;
  std::vector<T> values;
  for (const std::size_t at : broadcast_positions(node.shape(input), node.output(0).shape)) {
    values.push_back((*from)[at]);
  }
  return values;
}

/// Combines all operands, the first with the second and so on; none where a result has no value.
template <class T>
std::optional<std::vector<T>> combined_inputs(const TypeContext& node, BinaryFunction<T> function) {
  auto values = stretched<T>(node, 0);
  for (std::size_t i = 1; values && i < node.input_count(); ++i) {
    const auto other = stretched<T>(node, i);
    if (!other) return std::nullopt;
    for (std::size_t at = 0; at < values->size(); ++at) {
      const std::optional<T> result = function((*values)[at], (*other)[at]);
      if (!result) return std::nullopt;
      (*values)[at] = *result;
    }
  }
  return values;
}

template <class T>
void evaluate_inputs(TypeContext& node, BinaryFunction<T> function) {
  if (auto values = combined_inputs<T>(node, function)) set_values(node, 0, std::move(*values));
}

template <BinaryFunction<Integer> kInteger, BinaryFunction<double> kFloat>
void evaluate_arithmetic(TypeContext& node) {
  if (is_float(node.output(0).type)) {
    evaluate_inputs<double>(node, kFloat);
  } else {
    evaluate_inputs<Integer>(node, kInteger);
  }
}

template <BinaryFunction<Integer> kInteger>
void evaluate_integers(TypeContext& node) {
  evaluate_inputs<Integer>(node, kInteger);
}

void evaluate_mean_of_inputs(TypeContext& node) {
  auto values = combined_inputs<double>(node, plus);
  if (!values) return;
  for (double& value : *values) value /= static_cast<double>(node.input_count());
  node.set_floats(0, std::move(*values));
}

void evaluate_mod(TypeContext& node) {
  if (is_float(node.output(0).type)) return evaluate_inputs<double>(node, remainder);
  const bool as_c = node.attributes().integer_or("fmod", 0) != 0;
  evaluate_inputs<Integer>(
      node, as_c ? BinaryFunction<Integer>(remainder) : BinaryFunction<Integer>(modulo));
}

/// Base and exponent may differ in type; the result has the base's.
void evaluate_pow(TypeContext& node) {
  const bool integers = node.input(0).integers && node.input(1).integers;
  if (integers) return evaluate_inputs<Integer>(node, power);
  if (node.input(0).floats && node.input(1).floats) return evaluate_inputs<double>(node, power);
  const auto bases = node.numbers(0, "base");
  const auto exponents = node.numbers(1, "exponent");
  const Shape& shape = node.output(0).shape;
  const auto from_base = broadcast_positions(node.shape(0), shape);
  const auto from_exponent = broadcast_positions(node.shape(1), shape);
  std::vector<double> values;
  for (std::size_t i = 0; i < from_base.size(); ++i) {
    values.push_back(std::pow(bases[from_base[i]], exponents[from_exponent[i]]));
  }
  if (is_float(node.output(0).type)) return node.set_floats(0, std::move(values));
  std::vector<Integer> whole;
  for (const double value : values) {
    // Doubles hold integers exactly up to 2^53.
    if (!(std::abs(value) < 0x1p53)) return;
    whole.push_back(static_cast<Integer>(value));
  }
  node.set_integers(0, std::move(whole));
}

/// Bits that leave the type are lost.
void evaluate_bit_shift(TypeContext& node) {
  const auto values = stretched<Integer>(node, 0);
  const auto counts = stretched<Integer>(node, 1);
  if (!values || !counts) return;
  const bool left = node.attributes().string_or("direction", "") == "LEFT";
  const int width = models::bits(node.output(0).type);
  const std::uint64_t mask = ~std::uint64_t{0} >> (64 - width);
  std::vector<Integer> shifted;
  for (std::size_t i = 0; i < values->size(); ++i) {
    const auto bits = static_cast<std::uint64_t>((*values)[i]);
    const Integer count = (*counts)[i];
    const bool all_lost = count < 0 || count >= width;
    const std::uint64_t result = all_lost ? 0 : (left ? bits << count : bits >> count) & mask;
    shifted.push_back(static_cast<Integer>(result));
  }
  node.set_integers(0, std::move(shifted));
}

template <class T, class Compare>
void compare(TypeContext& node) {
  const auto a = stretched<T>(node, 0);
  const auto b = stretched<T>(node, 1);
  if (!a || !b) return;
  std::vector<Integer> values;
  for (std::size_t i = 0; i < a->size(); ++i) values.push_back(Compare()((*a)[i], (*b)[i]) ? 1 : 0);
  node.set_integers(0, std::move(values));
}

template <class Compare>
void evaluate_comparison(TypeContext& node) {
  with_kept_type(node.input(0).type,
                 [&](auto kept) { compare<typename decltype(kept)::type, Compare>(node); });
}

template <class T>
void where(TypeContext& node) {
  const auto condition = stretched<Integer>(node, 0);
  auto chosen = stretched<T>(node, 1);
  const auto other = stretched<T>(node, 2);
  if (!condition || !chosen || !other) return;
  for (std::size_t i = 0; i < chosen->size(); ++i) {
    if ((*condition)[i] == 0) (*chosen)[i] = (*other)[i];
  }
  set_values(node, 0, std::move(*chosen));
}

void evaluate_where(TypeContext& node) {
  with_kept_type(node.output(0).type,
                 [&](auto kept) { where<typename decltype(kept)::type>(node); });
}

}  // namespace

std::vector<Evaluator> elementwise_evaluators() {
  return {{"Add", evaluate_arithmetic<plus, plus>},
          {"Sub", evaluate_arithmetic<minus, minus>},
          {"Mul", evaluate_arithmetic<times, times>},
          {"Div", evaluate_arithmetic<over, over>},
          {"Sum", evaluate_arithmetic<plus, plus>},
          {"Max", evaluate_arithmetic<larger, larger>},
          {"Min", evaluate_arithmetic<smaller, smaller>},
          {"Mean", evaluate_mean_of_inputs},
          {"Mod", evaluate_mod},
          {"Pow", evaluate_pow},
          {"BitShift", evaluate_bit_shift},
          {"BitwiseAnd", evaluate_integers<bit_and>},
          {"BitwiseOr", evaluate_integers<bit_or>},
          {"BitwiseXor", evaluate_integers<bit_xor>},
          {"And", evaluate_integers<bit_and>},
          {"Or", evaluate_integers<bit_or>},
          {"Xor", evaluate_integers<bit_xor>},
          {"Equal", evaluate_comparison<std::equal_to<>>},
          {"Less", evaluate_comparison<std::less<>>},
          {"LessOrEqual", evaluate_comparison<std::less_equal<>>},
          {"Greater", evaluate_comparison<std::greater<>>},
          {"GreaterOrEqual", evaluate_comparison<std::greater_equal<>>},
          {"Where", evaluate_where}};
}

}  // namespace mensa::onnx_import
