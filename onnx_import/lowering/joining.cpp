#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

#include "onnx_import/lowering/lowering.h"
#include "onnx_import/lowering/shared_lowerings.h"
#include "onnx_import/operator_graph/limits.h"

namespace mensa::onnx_import {
namespace {

void infer_concat(TypeContext& node) {
  constexpr std::int64_t kFirstOpsetWithoutDefault = 4;
  const bool has_axis = node.attributes().has("axis");
  if (!has_axis && node.opset() >= kFirstOpsetWithoutDefault) {
    TypeContext::fail("lacks its attribute 'axis'");
  }
  Shape shape = node.shape(0);
  const std::size_t axis = node.checked_axis(node.attributes().integer_or("axis", 1), shape.size());
  for (std::size_t i = 0; i < node.input_count(); ++i) {
    if (i == 0) continue;
    Shape part = node.shape(i);
    const std::int64_t extent = part.size() == shape.size() ? part[axis] : -1;
    if (extent >= 0) part[axis] = shape[axis];
    if (part != shape || __builtin_add_overflow(shape[axis], extent, &shape[axis])) {
      TypeContext::fail(fmt::format("cannot join {} with {} along axis {}",
                                    fmt::join(node.shape(i), "x"), fmt::join(shape, "x"), axis));
    }
  }
  // Of one input with elements, as behind a cache that is still empty, nothing moves.
  std::vector<std::size_t> filled;
  for (std::size_t i = 0; i < node.input_count(); ++i) {
    if (element_count(node.shape(i)) != 0) filled.push_back(i);
  }
  if (filled.size() == 1) return node.set_view(0, filled.front(), std::move(shape));
  node.set_output(0, node.input(0).type, std::move(shape));
}

/// Extents of the parts along the axis: given (attribute up to operator set 12, then an input), or
/// equal, with a shorter last one where num_outputs does not divide the axis.
std::vector<std::int64_t> part_extents(const TypeContext& node, std::int64_t extent) {
  const auto parts = static_cast<std::int64_t>(node.output_count());
  if (auto given = node.attribute_or_input("split", 1)) return std::move(*given);
  const std::int64_t declared = node.attributes().integer_or("num_outputs", parts);
  if (parts < 1 || declared != parts) {
    TypeContext::fail(fmt::format("num_outputs is {}, but it has {} results", declared, parts));
  }
  const bool may_be_uneven = node.attributes().has("num_outputs");
  if (!may_be_uneven && extent % parts != 0) {
    TypeContext::fail(fmt::format("cannot split an axis of {} into {} equal parts", extent, parts));
  }
  const std::int64_t even = (extent + parts - 1) / parts;
  std::vector<std::int64_t> extents(static_cast<std::size_t>(parts), even);
  extents.back() = extent - even * (parts - 1);
  return extents;
}

void infer_split(TypeContext& node) {
  const Shape& data = node.shape(0);
  const std::size_t axis = node.checked_axis(node.attributes().integer_or("axis", 0), data.size());
  const auto extents = part_extents(node, data[axis]);
  std::int64_t covered = 0;
  bool valid = extents.size() == node.output_count();
  for (const std::int64_t extent : extents) {
    valid = valid && extent >= 0 && !__builtin_add_overflow(covered, extent, &covered);
  }
  if (!valid || covered != data[axis]) {
    TypeContext::fail(fmt::format("cannot split axis {} of {} into {} results of {}", axis,
                                  fmt::join(data, "x"), node.output_count(),
                                  fmt::join(extents, ", ")));
  }
  if (extents.size() == 1) return node.set_view(0, 0, data);
  for (std::size_t i = 0; i < extents.size(); ++i) {
    Shape shape = data;
    shape[axis] = extents[i];
    node.set_output(i, node.input(0).type, std::move(shape));
  }
}

}  // namespace

Lowering joining_lowering() {
  return {"", {{"Concat", infer_concat, lower_move_of_all}, {"Split", infer_split, lower_move}}};
}

}  // namespace mensa::onnx_import
