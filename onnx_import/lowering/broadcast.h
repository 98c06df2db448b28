#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "onnx_import/draft/draft.h"
#include "onnx_import/lowering/type_context.h"
#include "onnx_import/operator_graph/constant_data.h"

namespace mensa::onnx_import {

/// The first operator set in which operands broadcast as in numpy.
inline constexpr std::int64_t kFirstNumpyOpset = 7;

/// Shape of two operands broadcast together as numpy does: axes aligned at the last, extents of 1
/// stretched. None where they do not fit.
[[nodiscard]] std::optional<Shape> broadcast_shape(const Shape& a, const Shape& b);

/// Shape of all inputs of a node from `first` on broadcast together. Error where they do not fit,
/// or differ in type. Up to operator set 6 only the second input is stretched, and only where the
/// node says so.
[[nodiscard]] Shape broadcast_inputs(const TypeContext& node, std::size_t first = 0);

/// Which elements of a result of shape `result` a constant of shape `constant`, broadcast to it,
/// tells apart: its channels where it varies along one axis only, {1, ...} where it is one value,
/// {0, 0} where it varies along several.
[[nodiscard]] Channels broadcast_channels(const Shape& constant, const Shape& result);

/// For each element of `result` in order, the position of the element of `operand` (broadcast to
/// it) that goes there. For small constants only.
[[nodiscard]] std::vector<std::size_t> broadcast_positions(const Shape& operand,
                                                           const Shape& result);

}  // namespace mensa::onnx_import
