#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "onnx_import/lowering/broadcast.h"
#include "onnx_import/lowering/lowering.h"
#include "onnx_import/lowering/shared_lowerings.h"
#include "onnx_import/operator_graph/limits.h"

// Operators that write their input several times.

namespace mensa::onnx_import {
namespace {

void set_copies(TypeContext& node, Shape shape) {
  const Shape& data = node.shape(0);
  if (element_count(shape) == element_count(data)) return node.set_view(0, 0, std::move(shape));
  node.set_output(0, node.input(0).type, std::move(shape));
}

void infer_expand(TypeContext& node) {
  const auto& target = node.integers(1, "shape");
  if (target.size() > kHighestRank || !element_count(target)) {
    TypeContext::fail(fmt::format("its shape is [{}]; at most {} axes and 2^40 elements are taken",
                                  fmt::join(target, ", "), kHighestRank));
  }
  auto shape = broadcast_shape(node.shape(0), target);
  if (!shape) {
    TypeContext::fail(fmt::format("cannot stretch {} to {}", fmt::join(node.shape(0), "x"),
                                  fmt::join(target, "x")));
  }
  set_copies(node, std::move(*shape));
}

/// Operator sets 1 to 5 gave one count and one axis.
Shape tiled_shape(const TypeContext& node) {
  constexpr std::int64_t kFirstRepeatsOpset = 6;
  Shape shape = node.shape(0);
  Shape repeats(shape.size(), 1);
  if (node.opset() < kFirstRepeatsOpset) {
    const auto& tiles = node.integers(1, "tiles");
    const auto& axis = node.integers(2, "axis");
    if (tiles.size() != 1 || axis.size() != 1) TypeContext::fail("needs one count and one axis");
    repeats[node.checked_axis(axis[0], shape.size())] = tiles[0];
  } else {
    repeats = node.integers(1, "repeats");
  }
  if (repeats.size() != shape.size()) {
    TypeContext::fail(fmt::format("has {} repeats for {} axes", repeats.size(), shape.size()));
  }
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (repeats[i] < 0 || __builtin_mul_overflow(shape[i], repeats[i], &shape[i])) {
      TypeContext::fail(fmt::format("repeats axis {} {} times", i, repeats[i]));
    }
  }
  return shape;
}

void infer_tile(TypeContext& node) { set_copies(node, tiled_shape(node)); }

}  // namespace

Lowering replication_lowering() {
  return {"", {{"Expand", infer_expand, lower_move}, {"Tile", infer_tile, lower_move}}};
}

}  // namespace mensa::onnx_import
