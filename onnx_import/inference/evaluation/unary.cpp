#include <algorithm>
#include <cmath>
#include <optional>

#include "onnx_import/inference/evaluation/evaluators.h"
#include "onnx_import/inference/evaluation/values.h"
#include "onnx_import/operator_graph/elementary_functions.h"

namespace mensa::onnx_import {
namespace {

using Integer = std::int64_t;

Integer logical_not(Integer x) { return x == 0 ? 1 : 0; }

template <class T, T (*kFunction)(T)>
void evaluate_each(TypeContext& node) {
  const std::vector<T>* from = values_of<T>(node.input(0));
  if (from == nullptr) return;
  std::vector<T> values(from->size());
  std::transform(from->begin(), from->end(), values.begin(), kFunction);
  set_values(node, 0, std::move(values));
}

template <double (*kFloat)(double)>
void evaluate_floats(TypeContext& node) {
  evaluate_each<double, kFloat>(node);
}

template <Integer (*kInteger)(Integer), double (*kFloat)(double)>
void evaluate_either(TypeContext& node) {
  if (is_float(node.output(0).type)) {
    evaluate_each<double, kFloat>(node);
  } else {
    evaluate_each<Integer, kInteger>(node);
  }
}

/// Of an unsigned type within its width.
void evaluate_bitwise_not(TypeContext& node) {
  const std::vector<Integer>* from = values_of<Integer>(node.input(0));
  if (from == nullptr) return;
  const models::ElementType type = node.output(0).type;
  const bool has_sign = fits_type(-1, type);
  const Integer mask = (Integer{1} << std::min(models::bits(type), 62)) - 1;
  std::vector<Integer> values;
  for (const Integer value : *from) {
    if (!has_sign && value > mask) return;
    values.push_back(has_sign ? ~value : ~value & mask);
  }
  // Of 64 bits the complement does not fit in what is kept.
  if (type != models::ElementType::kUint64) node.set_integers(0, std::move(values));
}

void evaluate_is_nan(TypeContext& node) {
  const std::vector<double>* from = values_of<double>(node.input(0));
  if (from == nullptr) return;
  std::vector<Integer> values;
  for (const double value : *from) values.push_back(std::isnan(value) ? 1 : 0);
  node.set_integers(0, std::move(values));
}

template <class T>
void clip(TypeContext& node) {
  const std::vector<T>* from = values_of<T>(node.input(0));
  if (from == nullptr) return;
  std::optional<T> least;
  std::optional<T> most;
  const auto read = [&](std::size_t input, const char* attribute, std::optional<T>& limit) {
    if (node.has_input(input)) {
      const std::vector<T>* values = values_of<T>(node.input(input));
      if (values == nullptr || values->size() != 1) return false;
      limit = values->front();
    } else if (node.attributes().has(attribute)) {
      limit = static_cast<T>(node.attributes().number_or(attribute, 0));
    }
    return true;
  };
  if (!read(1, "min", least) || !read(2, "max", most)) return;
  std::vector<T> values = *from;
  for (T& value : values) {
    if (least && value < *least) value = *least;
    if (most && value > *most) value = *most;
  }
  set_values(node, 0, std::move(values));
}

void evaluate_clip(TypeContext& node) {
  with_kept_type(node.output(0).type,
                 [&](auto kept) { clip<typename decltype(kept)::type>(node); });
}

}  // namespace

std::vector<Evaluator> unary_evaluators() {
  return {{"Abs", evaluate_either<absolute, absolute>},
          {"Neg", evaluate_either<negated, negated>},
          {"Sign", evaluate_either<sign, sign>},
          {"Relu", evaluate_either<rectified, rectified>},
          {"Clip", evaluate_clip},
          {"Not", evaluate_each<Integer, logical_not>},
          {"BitwiseNot", evaluate_bitwise_not},
          {"IsNaN", evaluate_is_nan},
          {"Ceil", evaluate_floats<rounded_up>},
          {"Floor", evaluate_floats<rounded_down>},
          {"Round", evaluate_floats<rounded_to_even>},
          {"Sqrt", evaluate_floats<square_root>},
          {"Reciprocal", evaluate_floats<reciprocal>},
          {"Exp", evaluate_floats<exponential>},
          {"Log", evaluate_floats<logarithm>},
          {"Sin", evaluate_floats<sine>},
          {"Cos", evaluate_floats<cosine>},
          {"Tanh", evaluate_floats<hyperbolic_tangent>},
          {"Sigmoid", evaluate_floats<sigmoid>},
          {"Erf", evaluate_floats<error_function>}};
}

}  // namespace mensa::onnx_import
