#include <fmt/format.h>
#include <fmt/ranges.h>

#include <numeric>
#include <vector>

#include "onnx_import/lowering/lowering.h"
#include "onnx_import/lowering/shared_lowerings.h"

namespace mensa::onnx_import {
namespace {

/// The order of elements in memory stays where the axes longer than 1 keep their order.
bool keeps_order(const std::vector<std::size_t>& permutation, const Shape& shape) {
  std::size_t last = 0;
  for (const std::size_t axis : permutation) {
    if (shape[axis] == 1) continue;
    if (axis < last) return false;
    last = axis;
  }
  return true;
}

void infer_transpose(TypeContext& node) {
  const Shape& data = node.shape(0);
  std::vector<std::int64_t> reversed(data.size());
  std::iota(reversed.rbegin(), reversed.rend(), 0);
  const auto perm = node.attributes().integers_or("perm", reversed);
  std::vector<std::size_t> permutation;
  std::vector<bool> seen(data.size());
  Shape shape;
  for (const std::int64_t axis : perm) {
    const std::size_t at = node.checked_axis(axis, data.size());
    if (seen[at]) break;
    seen[at] = true;
    permutation.push_back(at);
    shape.push_back(data[at]);
  }
  if (permutation.size() != data.size() || perm.size() != data.size()) {
    TypeContext::fail(fmt::format("perm is {}; it must name each of {} axes once",
                                  fmt::join(perm, ","), data.size()));
  }
  if (keeps_order(permutation, data)) {
    node.set_view(0, 0, std::move(shape));
  } else if (node.input(0).constant) {
    node.set_reordered_constant(0, 0, std::move(shape));
  } else {
    node.set_output(0, node.input(0).type, std::move(shape));
  }
}

}  // namespace

Lowering transpose_lowering() { return {"", {{"Transpose", infer_transpose, lower_move}}}; }

}  // namespace mensa::onnx_import
