#include <algorithm>
#include <optional>

#include "onnx_import/inference/evaluation/evaluators.h"
#include "onnx_import/inference/evaluation/index_space.h"
#include "onnx_import/inference/evaluation/values.h"
#include "onnx_import/operator_graph/limits.h"

namespace mensa::onnx_import {
namespace {

/// Axes from `start` on, as many as the result has elements.
void evaluate_shape(TypeContext& node) {
  const Shape& data = node.shape(0);
  const std::int64_t rank = std::ssize(data);
  const std::int64_t start = node.attributes().integer_or("start", 0);
  const auto first =
      data.begin() + std::clamp<std::int64_t>(start < 0 ? start + rank : start, 0, rank);
  node.set_integers(0, {first, first + node.output(0).shape.front()});
}

void evaluate_size(TypeContext& node) {
  node.set_integers(0, {element_count(node.shape(0)).value_or(0)});
}

template <class T>
void range(TypeContext& node) {
  const std::vector<T>* start = values_of<T>(node.input(0));
  const std::vector<T>* delta = values_of<T>(node.input(2));
  if (start == nullptr || delta == nullptr) return;
  const std::int64_t count = node.output(0).shape.front();
  std::vector<T> values;
  values.reserve(static_cast<std::size_t>(count));
  T next = start->front();
  for (std::int64_t i = 0; i < count; ++i) {
    if (i > 0 && std::is_same_v<T, double>) {
      next = start->front() + static_cast<T>(i) * delta->front();
    } else if (i > 0) {
      next += delta->front();  // stays before the limit: no overflow
    }
    values.push_back(next);
  }
  set_values(node, 0, std::move(values));
}

void evaluate_range(TypeContext& node) {
  with_kept_type(node.output(0).type,
                 [&](auto kept) { range<typename decltype(kept)::type>(node); });
}

void evaluate_constant_of_shape(TypeContext& node) {
  const auto count = static_cast<std::size_t>(element_count(node.output(0).shape).value_or(0));
  const auto* value = node.attributes().find("value");
  const auto* data = value == nullptr ? nullptr : std::get_if<ConstantData>(value);
  if (data == nullptr) {
    node.set_floats(0, std::vector<double>(count, 0.0));
  } else if (data->integers && data->integers->size() == 1) {
    node.set_integers(0, std::vector<std::int64_t>(count, data->integers->front()));
  } else if (data->floats && data->floats->size() == 1) {
    node.set_floats(0, std::vector<double>(count, data->floats->front()));
  }
}

void evaluate_eye(TypeContext& node) {
  const std::int64_t diagonal = node.attributes().integer_or("k", 0);
  with_kept_type(node.output(0).type, [&](auto kept) {
    std::vector<typename decltype(kept)::type> values;
    for_each_index(node.output(0).shape, [&](const Index& index) {
      values.push_back(index[1] - index[0] == diagonal ? 1 : 0);
    });
    set_values(node, 0, std::move(values));
  });
}

}  // namespace

std::vector<Evaluator> generation_evaluators() {
  return {{"Shape", evaluate_shape, false},
          {"Size", evaluate_size, false},
          {"EyeLike", evaluate_eye, false},
          {"Range", evaluate_range},
          {"ConstantOfShape", evaluate_constant_of_shape}};
}

}  // namespace mensa::onnx_import
