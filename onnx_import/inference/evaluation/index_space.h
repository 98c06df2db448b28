#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "onnx_import/lowering/type_context.h"
#include "onnx_import/operator_graph/limits.h"

namespace mensa::onnx_import {

/// The place of an element along each axis.
using Index = std::vector<std::int64_t>;
/// Of elements in the order of their tensor.
using Positions = std::vector<std::int64_t>;

/// Position of the element at `index`, which is inside of `shape`.
[[nodiscard]] std::int64_t position_of(const Index& index, const Shape& shape);

/// Calls `visit` with the index of each element of a tensor, in order.
template <class Visit>
void for_each_index(const Shape& shape, const Visit& visit) {
  const std::int64_t count = element_count(shape).value_or(0);
  Index index(shape.size(), 0);
  for (std::int64_t i = 0; i < count; ++i) {
    visit(std::as_const(index));
    for (std::size_t axis = shape.size(); axis-- > 0;) {
      if (++index[axis] < shape[axis]) break;
      index[axis] = 0;
    }
  }
}

/// Gives an output the elements of an input at these positions, one for each of its own.
void take(TypeContext& node, std::size_t output, std::size_t input, const Positions& positions);

/// Product of the extents of the axes from `begin` to before `end`.
[[nodiscard]] std::int64_t extent_product(const Shape& shape, std::size_t begin, std::size_t end);

}  // namespace mensa::onnx_import
