#pragma once

#include <cstddef>
#include <optional>

#include "onnx_import/annotate/structure.h"
#include "onnx_import/operator_graph/operator_graph.h"

namespace mensa::onnx_import {

/// How an operator reads a constant input.
struct WeightUse {
  /// In the input's own axes; none for tensors of fewer than two.
  std::optional<WeightLayout> layout;
  /// The input that holds its zero point, in operators that take quantized operands.
  std::optional<std::size_t> zero_point;
  /// It is a factor of the node's products.
  bool product = false;
  /// The elements are no numbers, but several packed into one.
  bool packed = false;
};

/// How the node reads its input of that shape. Operators without products, and those that are not
/// known here, get the layout of a convolution: output channels first, then the reduction axis.
[[nodiscard]] WeightUse weight_use(const Node& node, std::size_t input, const Shape& shape);

}  // namespace mensa::onnx_import
