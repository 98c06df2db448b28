#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "onnx_import/operator_graph/limits.h"
#include "onnx_import/operator_graph/operator_graph.h"

namespace mensa::onnx_import {

/// Elements from one to the next along each axis.
using Strides = std::vector<std::int64_t>;

/// Of a tensor in row-major order.
inline Strides row_major_strides(const Shape& shape) {
  Strides strides(shape.size(), 1);
  for (std::size_t axis = shape.size(); axis-- > 1;) {
    strides[axis - 1] = strides[axis] * std::max<std::int64_t>(1, shape[axis]);
  }
  return strides;
}

/// Of an operand that is broadcast to `result`: 0 along stretched axes.
inline Strides broadcast_strides(const Shape& operand, const Shape& result) {
  const Strides own = row_major_strides(operand);
  Strides strides(result.size(), 0);
  const std::size_t offset = result.size() - operand.size();
  for (std::size_t axis = 0; axis < operand.size(); ++axis) {
    if (operand[axis] != 1) strides[offset + axis] = own[axis];
  }
  return strides;
}

/// Goes through the elements of a tensor in order and keeps the places of the elements of kOperands
/// others that belong to them. Axes that all step through alike become one.
template <std::size_t kOperands>
class StridedWalk {
 public:
  /// `strides` of each operand, one for each axis of `shape`.
  StridedWalk(const Shape& shape, const std::array<Strides, kOperands>& strides) {
    empty_ = element_count(shape).value_or(0) == 0;
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
      if (shape[axis] == 1) continue;
      if (!shape_.empty() && continues(strides, axis, shape[axis])) {
        shape_.back() *= shape[axis];
      } else {
        shape_.push_back(shape[axis]);
        for (Strides& of_operand : strides_) of_operand.push_back(0);
      }
      for (std::size_t i = 0; i < kOperands; ++i) strides_[i].back() = strides[i][axis];
    }
    if (shape_.empty()) {
      shape_ = {1};
      for (Strides& of_operand : strides_) of_operand = {0};
    }
  }

  /// Elements of each row.
  [[nodiscard]] std::int64_t row() const { return shape_.back(); }
  /// Elements of an operand from one to the next in a row.
  [[nodiscard]] std::int64_t step(std::size_t operand) const { return strides_[operand].back(); }

  /// Calls `visit` for each row in order: the place of its first element, and those of the
  /// operands.
  template <class Visit>
  void for_each_row(const Visit& visit) const {
    if (empty_) return;
    std::array<std::int64_t, kOperands> places{};
    Shape index(shape_.size(), 0);
    for (std::int64_t first = 0;; first += row()) {
      visit(first, places);
      std::size_t axis = shape_.size() - 1;
      for (;; --axis) {
        if (axis == 0) return;
        const std::size_t outer = axis - 1;
        const bool stays = ++index[outer] < shape_[outer];
        for (std::size_t i = 0; i < kOperands; ++i) {
          places[i] += stays ? strides_[i][outer] : -(shape_[outer] - 1) * strides_[i][outer];
        }
        if (stays) break;
        index[outer] = 0;
      }
    }
  }

 private:
  [[nodiscard]] bool continues(const std::array<Strides, kOperands>& strides, std::size_t axis,
                               std::int64_t extent) const {
    for (std::size_t i = 0; i < kOperands; ++i) {
      if (strides_[i].back() != strides[i][axis] * extent) return false;
    }
    return true;
  }

  Shape shape_;
  std::array<Strides, kOperands> strides_;
  bool empty_ = false;
};

}  // namespace mensa::onnx_import
