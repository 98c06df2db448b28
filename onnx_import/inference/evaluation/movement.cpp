#include <algorithm>
#include <cstddef>
#include <numeric>
#include <optional>

#include "onnx_import/inference/evaluation/evaluators.h"
#include "onnx_import/inference/evaluation/index_space.h"
#include "onnx_import/inference/evaluation/values.h"
#include "onnx_import/lowering/axis_pads.h"
#include "onnx_import/lowering/broadcast.h"
#include "onnx_import/lowering/slice_ranges.h"

namespace mensa::onnx_import {
namespace {

void evaluate_transpose(TypeContext& node) {
  const Shape& data = node.shape(0);
  Index reversed(data.size());
  std::iota(reversed.rbegin(), reversed.rend(), 0);
  const Index perm = node.attributes().integers_or("perm", reversed);
  Index from(data.size());
  Positions positions;
  for_each_index(node.output(0).shape, [&](const Index& index) {
    for (std::size_t i = 0; i < index.size(); ++i) {
      from[node.checked_axis(perm[i], data.size())] = index[i];
    }
    positions.push_back(position_of(from, data));
  });
  take(node, 0, 0, positions);
}

void evaluate_slice(TypeContext& node) {
  const auto ranges = slice_ranges(node);
  Index from(ranges.size());
  Positions positions;
  for_each_index(node.output(0).shape, [&](const Index& index) {
    for (std::size_t i = 0; i < index.size(); ++i) {
      from[i] = ranges[i].start + index[i] * ranges[i].step;
    }
    positions.push_back(position_of(from, node.shape(0)));
  });
  take(node, 0, 0, positions);
}

void evaluate_expand(TypeContext& node) {
  const auto from = broadcast_positions(node.shape(0), node.output(0).shape);
  take(node, 0, 0, Positions(from.begin(), from.end()));
}

void evaluate_tile(TypeContext& node) {
  const Shape& data = node.shape(0);
  Index from(data.size());
  Positions positions;
  for_each_index(node.output(0).shape, [&](const Index& index) {
    for (std::size_t i = 0; i < index.size(); ++i) from[i] = index[i] % data[i];
    positions.push_back(position_of(from, data));
  });
  take(node, 0, 0, positions);
}

/// Elements of `shape` from `axis` on: they lie together in memory.
std::int64_t run_length(const Shape& shape, std::size_t axis) {
  return extent_product(shape, axis, shape.size());
}

template <class T>
void concat(TypeContext& node, std::size_t axis) {
  const Shape& shape = node.output(0).shape;
  std::vector<T> values;
  for (std::int64_t row = 0; row < extent_product(shape, 0, axis); ++row) {
    for (std::size_t i = 0; i < node.input_count(); ++i) {
      const std::vector<T>* from = values_of<T>(node.input(i));
      if (from == nullptr) return;
      const std::int64_t length = run_length(node.shape(i), axis);
      const auto begin = from->begin() + row * length;
      values.insert(values.end(), begin, begin + length);
    }
  }
  set_values(node, 0, std::move(values));
}

void evaluate_concat(TypeContext& node) {
  const std::size_t axis =
      node.checked_axis(node.attributes().integer_or("axis", 1), node.shape(0).size());
  with_kept_type(node.output(0).type,
                 [&](auto kept) { concat<typename decltype(kept)::type>(node, axis); });
}

void evaluate_split(TypeContext& node) {
  const Shape& data = node.shape(0);
  const std::size_t axis = node.checked_axis(node.attributes().integer_or("axis", 0), data.size());
  const std::int64_t all = run_length(data, axis);
  std::int64_t begin = 0;
  for (std::size_t i = 0; i < node.output_count(); ++i) {
    if (!node.has_output(i)) return;
    const std::int64_t length = run_length(node.output(i).shape, axis);
    Positions positions;
    for (std::int64_t row = 0; row < extent_product(data, 0, axis); ++row) {
      for (std::int64_t at = 0; at < length; ++at) positions.push_back(row * all + begin + at);
    }
    take(node, i, 0, positions);
    begin += length;
  }
}

/// Where on an axis of `extent` the padded place `at` comes from; none where it is filled.
std::optional<std::int64_t> pad_source(std::int64_t at, std::int64_t extent, PadMode mode) {
  if (at >= 0 && at < extent) return at;
  if (mode == PadMode::kConstant || extent == 0) return std::nullopt;
  if (mode == PadMode::kEdge) return std::clamp<std::int64_t>(at, 0, extent - 1);
  if (mode == PadMode::kWrap) return (at % extent + extent) % extent;
  if (extent == 1) return 0;
  const std::int64_t period = 2 * (extent - 1);
  const std::int64_t phase = (at % period + period) % period;
  return std::min(phase, period - phase);
}

template <class T>
void pad(TypeContext& node) {
  constexpr std::size_t kFill = 2;
  const Shape& data = node.shape(0);
  const std::vector<T>* from = values_of<T>(node.input(0));
  T fill = static_cast<T>(node.attributes().number_or("value", 0));
  if (node.has_input(kFill)) {
    const std::vector<T>* given = values_of<T>(node.input(kFill));
    if (given == nullptr || given->size() != 1) return;
    fill = given->front();
  }
  if (from == nullptr) return;
  const PadMode mode = pad_mode(node);
  const auto pads = axis_pads(node);
  std::vector<T> values;
  Index source(data.size());
  for_each_index(node.output(0).shape, [&](const Index& index) {
    bool filled = false;
    for (std::size_t i = 0; i < index.size(); ++i) {
      const auto at = pad_source(index[i] - pads[i].before, data[i], mode);
      filled = filled || !at;
      source[i] = at.value_or(0);
    }
    values.push_back(filled ? fill : (*from)[static_cast<std::size_t>(position_of(source, data))]);
  });
  set_values(node, 0, std::move(values));
}

void evaluate_pad(TypeContext& node) {
  with_kept_type(node.output(0).type, [&](auto kept) { pad<typename decltype(kept)::type>(node); });
}

template <class T>
void trilu(TypeContext& node) {
  const std::vector<T>* from = values_of<T>(node.input(0));
  const std::int64_t diagonal = node.has_input(1) ? node.integers(1, "k").at(0) : 0;
  const bool upper = node.attributes().integer_or("upper", 1) != 0;
  if (from == nullptr) return;
  std::vector<T> values = *from;
  std::size_t at = 0;
  for_each_index(node.shape(0), [&](const Index& index) {
    const std::int64_t offset = index.back() - index[index.size() - 2];
    if (upper ? offset < diagonal : offset > diagonal) values[at] = 0;
    ++at;
  });
  set_values(node, 0, std::move(values));
}

void evaluate_trilu(TypeContext& node) {
  with_kept_type(node.output(0).type,
                 [&](auto kept) { trilu<typename decltype(kept)::type>(node); });
}

}  // namespace

std::vector<Evaluator> movement_evaluators() {
  return {{"Transpose", evaluate_transpose},
          {"Slice", evaluate_slice},
          {"Expand", evaluate_expand},
          {"Tile", evaluate_tile},
          {"Concat", evaluate_concat},
          {"Split", evaluate_split},
          {"Pad", evaluate_pad},
          {"Trilu", evaluate_trilu}};
}

}  // namespace mensa::onnx_import
