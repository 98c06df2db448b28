#include "onnx_import/lowering/reduced_axes.h"

namespace mensa::onnx_import {

std::vector<bool> reduced_axes(const TypeContext& node) {
  const std::size_t rank = node.shape(0).size();
  const auto axes = node.attribute_or_input("axes", 1);
  if (!axes || axes->empty()) {
    const bool none = node.attributes().integer_or("noop_with_empty_axes", 0) != 0;
    return std::vector<bool>(rank, !none);
  }
  std::vector<bool> reduced(rank);
  for (const std::int64_t axis : *axes) reduced[node.checked_axis(axis, rank)] = true;
  return reduced;
}

}  // namespace mensa::onnx_import
