#include <algorithm>
#include <cmath>
#include <optional>

#include "onnx_import/inference/evaluation/evaluators.h"
#include "onnx_import/inference/evaluation/index_space.h"
#include "onnx_import/inference/evaluation/values.h"
#include "onnx_import/lowering/reduced_axes.h"

namespace mensa::onnx_import {
namespace {

using Integer = std::int64_t;

bool sum_step(Integer& total, Integer value) {
  return !__builtin_add_overflow(total, value, &total);
}
bool product_step(Integer& total, Integer value) {
  return !__builtin_mul_overflow(total, value, &total);
}
bool square_step(Integer& total, Integer value) {
  Integer square = 0;
  return !__builtin_mul_overflow(value, value, &square) && sum_step(total, square);
}
bool largest_step(Integer& total, Integer value) {
  total = std::max(total, value);
  return true;
}
bool smallest_step(Integer& total, Integer value) {
  total = std::min(total, value);
  return true;
}
bool sum_step(double& total, double value) {
  total += value;
  return true;
}
bool product_step(double& total, double value) {
  total *= value;
  return true;
}
bool square_step(double& total, double value) { return sum_step(total, value * value); }
bool largest_step(double& total, double value) {
  total = std::isnan(value) || value > total ? value : total;
  return true;
}
bool smallest_step(double& total, double value) {
  total = std::isnan(value) || value < total ? value : total;
  return true;
}

/// Adds a value to what has been reduced so far; false where it overflows.
template <class T>
using ReductionStep = bool (*)(T&, T);

/// `start` is what an empty reduction gives; none where the first value starts.
template <class T>
void reduce(TypeContext& node, ReductionStep<T> step, std::optional<T> start) {
  const std::vector<T>* from = values_of<T>(node.input(0));
  if (from == nullptr) return;
  const Shape& data = node.shape(0);
  const std::vector<bool> reduced = reduced_axes(node);
  Shape kept = data;
  for (std::size_t i = 0; i < data.size(); ++i) kept[i] = reduced[i] ? 1 : data[i];
  const auto count = static_cast<std::size_t>(element_count(kept).value_or(0));
  std::vector<std::optional<T>> totals(count, start);
  std::size_t at = 0;
  bool defined = true;
  for_each_index(data, [&](const Index& index) {
    Index target = index;
    for (std::size_t i = 0; i < index.size(); ++i) target[i] = reduced[i] ? 0 : index[i];
    std::optional<T>& total = totals[static_cast<std::size_t>(position_of(target, kept))];
    const T value = (*from)[at++];
    if (total) {
      defined = defined && step(*total, value);
    } else {
      total = value;
    }
  });
  if (!defined) return;
  std::vector<T> values;
  for (const std::optional<T>& total : totals) {
    if (!total) return;
    values.push_back(*total);
  }
  set_values(node, 0, std::move(values));
}

template <ReductionStep<Integer> kInteger, ReductionStep<double> kFloat>
void reduce_from(TypeContext& node, std::optional<int> start) {
  if (is_float(node.output(0).type)) {
    reduce<double>(node, kFloat, start);
  } else {
    reduce<Integer>(node, kInteger, start);
  }
}

void evaluate_sum(TypeContext& node) { reduce_from<sum_step, sum_step>(node, 0); }
void evaluate_product(TypeContext& node) { reduce_from<product_step, product_step>(node, 1); }
void evaluate_sum_of_squares(TypeContext& node) { reduce_from<square_step, square_step>(node, 0); }
void evaluate_max(TypeContext& node) {
  reduce_from<largest_step, largest_step>(node, std::nullopt);
}
void evaluate_min(TypeContext& node) {
  reduce_from<smallest_step, smallest_step>(node, std::nullopt);
}

void evaluate_mean_along_axes(TypeContext& node) {
  reduce<double>(node, sum_step, 0.0);
  if (!node.output(0).floats || node.output(0).floats->empty()) return;
  std::vector<double> values = *node.output(0).floats;
  const std::size_t per_result = node.input(0).floats->size() / values.size();
  for (double& value : values) value /= static_cast<double>(per_result);
  node.set_floats(0, std::move(values));
}

/// The first place of the largest (or smallest) along the axis, or the last one.
template <bool kLargest>
void evaluate_arg(TypeContext& node) {
  const Shape& data = node.shape(0);
  const auto values = node.numbers(0, "input");
  const std::size_t axis = node.checked_axis(node.attributes().integer_or("axis", 0), data.size());
  const bool last = node.attributes().integer_or("select_last_index", 0) != 0;
  const std::int64_t inner = extent_product(data, axis + 1, data.size());
  std::vector<Integer> places;
  for (std::int64_t row = 0; row < extent_product(data, 0, axis); ++row) {
    for (std::int64_t column = 0; column < inner; ++column) {
      const auto at = [&](std::int64_t i) {
        return values[static_cast<std::size_t>((row * data[axis] + i) * inner + column)];
      };
      std::int64_t best = 0;
      for (std::int64_t i = 1; i < data[axis]; ++i) {
        const bool better = kLargest ? at(i) > at(best) : at(i) < at(best);
        if (better || (last && at(i) == at(best))) best = i;
      }
      places.push_back(best);
    }
  }
  node.set_integers(0, std::move(places));
}

template <class T>
void accumulate_along_axis(TypeContext& node, ReductionStep<T> step) {
  const std::vector<T>* from = values_of<T>(node.input(0));
  if (from == nullptr) return;
  const Shape& data = node.shape(0);
  const std::size_t axis = node.checked_axis(node.integers(1, "axis").at(0), data.size());
  const bool exclusive = node.attributes().integer_or("exclusive", 0) != 0;
  const bool reverse = node.attributes().integer_or("reverse", 0) != 0;
  const std::int64_t inner = extent_product(data, axis + 1, data.size());
  std::vector<T> values(from->size());
  for (std::int64_t lane = 0; lane < extent_product(data, 0, axis) * inner; ++lane) {
    T total = 0;
    for (std::int64_t i = 0; i < data[axis]; ++i) {
      const std::int64_t place = reverse ? data[axis] - 1 - i : i;
      const auto at =
          static_cast<std::size_t>((lane / inner * data[axis] + place) * inner + lane % inner);
      if (exclusive) values[at] = total;
      if (!step(total, (*from)[at])) return;
      if (!exclusive) values[at] = total;
    }
  }
  set_values(node, 0, std::move(values));
}

void evaluate_cumulative_sum(TypeContext& node) {
  if (is_float(node.output(0).type)) {
    accumulate_along_axis<double>(node, sum_step);
  } else {
    accumulate_along_axis<Integer>(node, sum_step);
  }
}

}  // namespace

std::vector<Evaluator> reduction_evaluators() {
  return {{"ReduceSum", evaluate_sum},
          {"ReduceProd", evaluate_product},
          {"ReduceSumSquare", evaluate_sum_of_squares},
          {"ReduceMax", evaluate_max},
          {"ReduceMin", evaluate_min},
          {"ReduceMean", evaluate_mean_along_axes},
          {"ArgMax", evaluate_arg<true>},
          {"ArgMin", evaluate_arg<false>},
          {"CumSum", evaluate_cumulative_sum}};
}

}  // namespace mensa::onnx_import
