#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "onnx_import/inference/evaluation/evaluators.h"
#include "onnx_import/inference/evaluation/values.h"

namespace mensa::onnx_import {
namespace {

using Integer = std::int64_t;

Integer sign(Integer x) { return (x > 0 ? 1 : 0) - (x < 0 ? 1 : 0); }
double sign(double x) { return x > 0 ? 1 : x < 0 ? -1 : x; }
/// The most negative integer has no counterpart; it stays what it is, as in hardware.
Integer negate(Integer x) { return x == std::numeric_limits<Integer>::min() ? x : -x; }
double negate(double x) { return -x; }
Integer absolute(Integer x) { return x < 0 ? negate(x) : x; }
double absolute(double x) { return std::abs(x); }
Integer rectified(Integer x) { return std::max<Integer>(x, 0); }
double rectified(double x) { return x < 0 ? 0 : x; }
Integer logical_not(Integer x) { return x == 0 ? 1 : 0; }

double ceil(double x) { return std::ceil(x); }
double floor(double x) { return std::floor(x); }
/// Halves to the even neighbour.
double round(double x) { return std::nearbyint(x); }
double square_root(double x) { return std::sqrt(x); }
double reciprocal(double x) { return 1 / x; }
double exponential(double x) { return std::exp(x); }
double logarithm(double x) { return std::log(x); }
double sine(double x) { return std::sin(x); }
double cosine(double x) { return std::cos(x); }
double tanh_of(double x) { return std::tanh(x); }
double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
double erf_of(double x) { return std::erf(x); }

template <class T, T (*kFunction)(T)>
void evaluate(TypeContext& node) {
  const std::vector<T>* from = values_of<T>(node.input(0));
  if (from == nullptr) return;
  std::vector<T> values(from->size());
  std::transform(from->begin(), from->end(), values.begin(), kFunction);
  set_values(node, 0, std::move(values));
}

template <double (*kFloat)(double)>
void evaluate_floats(TypeContext& node) {
  evaluate<double, kFloat>(node);
}

template <Integer (*kInteger)(Integer), double (*kFloat)(double)>
void evaluate_either(TypeContext& node) {
  if (is_float(node.output(0).type)) {
    evaluate<double, kFloat>(node);
  } else {
    evaluate<Integer, kInteger>(node);
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
          {"Neg", evaluate_either<negate, negate>},
          {"Sign", evaluate_either<sign, sign>},
          {"Relu", evaluate_either<rectified, rectified>},
          {"Clip", evaluate_clip},
          {"Not", evaluate<Integer, logical_not>},
          {"BitwiseNot", evaluate_bitwise_not},
          {"IsNaN", evaluate_is_nan},
          {"Ceil", evaluate_floats<ceil>},
          {"Floor", evaluate_floats<floor>},
          {"Round", evaluate_floats<round>},
          {"Sqrt", evaluate_floats<square_root>},
          {"Reciprocal", evaluate_floats<reciprocal>},
          {"Exp", evaluate_floats<exponential>},
          {"Log", evaluate_floats<logarithm>},
          {"Sin", evaluate_floats<sine>},
          {"Cos", evaluate_floats<cosine>},
          {"Tanh", evaluate_floats<tanh_of>},
          {"Sigmoid", evaluate_floats<sigmoid>},
          {"Erf", evaluate_floats<erf_of>}};
}

}  // namespace mensa::onnx_import
