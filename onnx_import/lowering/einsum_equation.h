#pragma once

#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include "onnx_import/operator_graph/constant_data.h"

namespace mensa::onnx_import {

/// An axis of an Einsum: a letter, or (from 256 on) one that an ellipsis stands for, counted from
/// the last.
using EinsumLabel = int;

/// An Einsum equation applied to operands.
struct EinsumEquation {
  std::vector<std::vector<EinsumLabel>> operands;
  std::vector<EinsumLabel> result;
  std::map<EinsumLabel, std::int64_t> extents;

  [[nodiscard]] Shape result_shape() const;
};

/// Reads "ij,jk->ik", also with ellipses and without a result: then it has the axes of the ellipsis
/// and, in alphabetical order, the letters that stand once. Throws base::Error where it does not
/// fit the shapes.
[[nodiscard]] EinsumEquation read_einsum(std::string_view equation,
                                         const std::vector<Shape>& shapes);

}  // namespace mensa::onnx_import
