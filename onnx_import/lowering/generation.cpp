#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "onnx_import/lowering/lowering.h"
#include "onnx_import/lowering/operation_counts.h"
#include "onnx_import/operator_graph/element_types.h"
#include "onnx_import/operator_graph/limits.h"

// Operators whose result depends on no activation: sequences, which are constant, and random
// numbers, which are not.

namespace mensa::onnx_import {
namespace {

using models::ElementType;

/// The type that attribute `dtype` names; `fallback` where it is not there.
ElementType attribute_type(const TypeContext& node, ElementType fallback,
                           const char* attribute = "dtype") {
  if (!node.attributes().has(attribute)) return fallback;
  const std::int64_t number = node.attributes().integer_or(attribute, 0);
  const auto type = element_type(number);
  if (!type) TypeContext::unsupported("of element type " + onnx_type_name(number));
  return *type;
}

std::int64_t steps_between(const Value& start, const Value& limit, const Value& delta) {
  // 128 bits: the difference of two integers of 64.
  __extension__ using Wide = __int128;
  const Wide distance = Wide{limit.integers->front()} - start.integers->front();
  const Wide step = delta.integers->front();
  const Wide count = distance / step + (distance % step != 0 ? 1 : 0);
  if ((distance < 0) != (step < 0) || distance == 0) return 0;
  return count > kMostElements ? kMostElements + 1 : static_cast<std::int64_t>(count);
}

std::int64_t float_steps_between(double start, double limit, double delta) {
  const double count = std::ceil((limit - start) / delta);
  if (!(count > 0)) return 0;
  return count > 0x1p40 ? kMostElements + 1 : static_cast<std::int64_t>(count);
}

void infer_range(TypeContext& node) {
  std::vector<double> bounds;
  bool integers = true;
  for (const std::size_t i : {0U, 1U, 2U}) {
    const auto values = node.numbers(i, "bounds");
    if (values.size() != 1) TypeContext::fail("needs one start, one limit and one delta");
    bounds.push_back(values[0]);
    integers = integers && node.input(i).integers;
  }
  if (bounds[2] == 0 || std::isnan(bounds[2])) TypeContext::fail("its delta is 0");
  const std::int64_t count = integers ? steps_between(node.input(0), node.input(1), node.input(2))
                                      : float_steps_between(bounds[0], bounds[1], bounds[2]);
  node.set_output(0, node.input(0).type, {count});
}

/// Ones on one diagonal.
void infer_eye_like(TypeContext& node) {
  if (node.shape(0).size() != 2) TypeContext::fail("its input is no matrix");
  node.set_output(0, attribute_type(node, node.input(0).type), node.shape(0));
}

/// Hann, Hamming and Blackman windows.
void infer_window(TypeContext& node) {
  const auto& size = node.integers(0, "size");
  if (size.size() != 1) TypeContext::fail("its size is no single integer");
  node.set_output(0, attribute_type(node, ElementType::kFloat32, "output_datatype"), {size[0]});
}

void infer_mel_weights(TypeContext& node) {
  const auto& bins = node.integers(0, "number of mel bins");
  const auto& length = node.integers(1, "DFT length");
  if (bins.size() != 1 || length.size() != 1 || length[0] < 0) {
    TypeContext::fail("needs one number of bins and one DFT length");
  }
  node.set_output(0, attribute_type(node, ElementType::kFloat32, "output_datatype"),
                  {length[0] / 2 + 1, bins[0]});
}

void infer_random(TypeContext& node) {
  if (!node.attributes().has("shape")) TypeContext::fail("lacks its attribute 'shape'");
  node.set_output(0, attribute_type(node, ElementType::kFloat32),
                  node.attributes().integers_or("shape", {}));
}

void infer_random_like(TypeContext& node) {
  node.set_output(0, attribute_type(node, node.input(0).type), node.shape(0));
}

/// Samples of one class for each row.
void infer_multinomial(TypeContext& node) {
  const Shape& data = node.shape(0);
  if (data.size() != 2) TypeContext::fail("its input does not have two axes");
  node.set_output(0, attribute_type(node, ElementType::kInt32),
                  {data[0], node.attributes().integer_or("sample_size", 1)});
}

/// Only the shape of an input counts.
void lower_random(LayerContext& node) { node.add_vector_layer_of({}, kFunction); }

void lower_bernoulli(LayerContext& node) { node.add_vector_layer_of({0}, kFunction + kCompare); }

/// Running sums of the classes are compared with a random number.
void lower_multinomial(LayerContext& node) {
  node.add_vector_layer_of({0}, kFunction + 2 * node.shape(0)[1]);
}

}  // namespace

Lowering generation_lowering() {
  return {"",
          {{"Range", infer_range, nullptr},
           {"EyeLike", infer_eye_like, nullptr},
           {"HannWindow", infer_window, nullptr},
           {"HammingWindow", infer_window, nullptr},
           {"BlackmanWindow", infer_window, nullptr},
           {"MelWeightMatrix", infer_mel_weights, nullptr},
           {"RandomNormal", infer_random, lower_random, true},
           {"RandomUniform", infer_random, lower_random, true},
           {"RandomNormalLike", infer_random_like, lower_random, true},
           {"RandomUniformLike", infer_random_like, lower_random, true},
           {"Bernoulli", infer_random_like, lower_bernoulli, true},
           {"Multinomial", infer_multinomial, lower_multinomial, true}}};
}

}  // namespace mensa::onnx_import
