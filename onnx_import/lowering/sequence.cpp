#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include "onnx_import/lowering/lowering.h"
#include "onnx_import/lowering/shared_lowerings.h"
#include "onnx_import/operator_graph/limits.h"

// Sequences of tensors, as exporters leave them of lists in the user's code (torch.split, chunk,
// stack). They are known at import: to put tensors in and take them out moves nothing, parts of one
// tensor are copied where they are taken out, and only joining makes a tensor of all.

namespace mensa::onnx_import {
namespace {

using Items = std::vector<SequenceItem>;

/// Lists in code are short. A tensor may be split in as many parts as its axis is long, by each of
/// many nodes: this bounds what that takes up.
constexpr std::int64_t kMostItems = 256;

const Items& items_of(const TypeContext& node, std::size_t index) {
  const auto& sequence = node.input(index).sequence;
  if (!sequence) TypeContext::unsupported("what its sequence holds is not known before run time");
  return *sequence;
}

void set_sequence(TypeContext& node, Items items) {
  if (std::ssize(items) > kMostItems) {
    TypeContext::unsupported(fmt::format("a sequence of more than {} tensors", kMostItems));
  }
  if (!node.has_output(0)) return;
  Value& value = node.graph().value(*node.node().outputs[0]);
  value.typed = true;
  value.constant = true;
  if (!items.empty()) value.type = node.graph().value(items.front().source).type;
  value.sequence = std::make_shared<const Items>(std::move(items));
}

SequenceItem whole(const TypeContext& node, std::size_t index) {
  return {*node.node().inputs[index], node.shape(index), false};
}

/// The place that input `index` says, counted from the back where it is negative; `otherwise`
/// without it. `size` itself is behind the last.
std::size_t place_in_sequence(const TypeContext& node, std::size_t index, std::size_t size,
                              std::size_t otherwise) {
  if (!node.has_input(index)) return otherwise;
  const auto& position = node.integers(index, "position");
  const auto count = static_cast<std::int64_t>(size);
  if (position.size() != 1 || position[0] < -count || position[0] > count) {
    TypeContext::fail(
        fmt::format("position {} of a sequence of {}", fmt::join(position, ","), size));
  }
  return static_cast<std::size_t>(position[0] < 0 ? position[0] + count : position[0]);
}

/// Of a tensor that is there; without a position, the last.
std::size_t item_place(const TypeContext& node, std::size_t index, const Items& items) {
  const std::size_t place =
      place_in_sequence(node, index, items.size(), std::max<std::size_t>(1, items.size()) - 1);
  if (place >= items.size()) {
    TypeContext::fail(fmt::format("position {} of a sequence of {}", place, items.size()));
  }
  return place;
}

void infer_empty(TypeContext& node) { set_sequence(node, {}); }

void infer_construct(TypeContext& node) {
  Items items;
  items.reserve(node.input_count());
  for (std::size_t i = 0; i < node.input_count(); ++i) {
    (void)node.input(i);
    items.push_back(whole(node, i));
  }
  set_sequence(node, std::move(items));
}

void infer_insert(TypeContext& node) {
  Items items = items_of(node, 0);
  (void)node.input(1);
  const std::size_t place = place_in_sequence(node, 2, items.size(), items.size());
  items.insert(items.begin() + static_cast<std::ptrdiff_t>(place), whole(node, 1));
  set_sequence(node, std::move(items));
}

void infer_erase(TypeContext& node) {
  Items items = items_of(node, 0);
  items.erase(items.begin() + static_cast<std::ptrdiff_t>(item_place(node, 1, items)));
  set_sequence(node, std::move(items));
}

void infer_length(TypeContext& node) {
  const std::int64_t count = std::ssize(items_of(node, 0));
  node.set_output(0, models::ElementType::kInt64, {});
  node.set_integers(0, {count});
}

/// Extents of the parts: as many as `split` says for each or for all of them, else 1.
std::vector<std::int64_t> sequence_part_extents(const TypeContext& node, std::int64_t extent) {
  if (node.has_input(1) && !node.shape(1).empty()) return node.integers(1, "extents of the parts");
  const auto each = node.has_input(1) ? node.integers(1, "extent of the parts") : Shape{1};
  if (each.size() != 1 || each[0] < 1) TypeContext::fail("its parts are empty");
  if (extent / each[0] > kMostItems) {
    TypeContext::unsupported(fmt::format("a sequence of more than {} tensors", kMostItems));
  }
  std::vector<std::int64_t> extents(static_cast<std::size_t>(extent / each[0]), each[0]);
  if (extent % each[0] != 0) extents.push_back(extent % each[0]);
  return extents;
}

void infer_split_to_sequence(TypeContext& node) {
  const Shape& data = node.shape(0);
  const std::size_t axis = node.checked_axis(node.attributes().integer_or("axis", 0), data.size());
  const auto extents = sequence_part_extents(node, data[axis]);
  const bool drops_axis = !node.has_input(1) && node.attributes().integer_or("keepdims", 1) == 0;
  Items items;
  items.reserve(extents.size());
  std::int64_t covered = 0;
  for (const std::int64_t extent : extents) {
    if (extent < 0 || __builtin_add_overflow(covered, extent, &covered)) covered = -1;
    if (covered < 0 || covered > data[axis]) break;
    SequenceItem item{*node.node().inputs[0], data, true};
    item.shape[axis] = extent;
    if (drops_axis) item.shape.erase(item.shape.begin() + static_cast<std::ptrdiff_t>(axis));
    items.push_back(std::move(item));
  }
  if (covered != data[axis]) {
    TypeContext::fail(fmt::format("cannot split axis {} of {} into {}", axis, fmt::join(data, "x"),
                                  fmt::join(extents, ", ")));
  }
  set_sequence(node, std::move(items));
}

/// The node reads the tensor itself from now on.
void infer_at(TypeContext& node) {
  const Items& items = items_of(node, 0);
  const SequenceItem item = items[item_place(node, 1, items)];
  node.mutable_node().inputs = {item.source};
  if (!item.part) return node.set_alias(0, item.source);
  node.set_output(0, node.input(0).type, item.shape);
}

/// The shape of all items joined along `axis`, or stacked along a new one.
Shape joined_shape(const TypeContext& node, const Items& items, bool stacks) {
  Shape shape = items.front().shape;
  const std::size_t axis =
      node.checked_axis(node.attributes().integer_or("axis", 0), shape.size() + (stacks ? 1 : 0));
  if (stacks) {
    shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(axis), 0);
  } else {
    shape[axis] = 0;
  }
  for (const SequenceItem& item : items) {
    Shape part = item.shape;
    if (stacks) {
      part.insert(part.begin() + static_cast<std::ptrdiff_t>(std::min(axis, part.size())), 1);
    }
    const std::int64_t extent = part.size() == shape.size() ? part[axis] : -1;
    if (extent >= 0) part[axis] = shape[axis];
    if (part != shape || __builtin_add_overflow(shape[axis], extent, &shape[axis])) {
      TypeContext::fail(fmt::format("cannot join {} with {} along axis {}",
                                    fmt::join(item.shape, "x"), fmt::join(shape, "x"), axis));
    }
  }
  return shape;
}

/// The node reads the tensors themselves from now on, each once.
void infer_concat_from_sequence(TypeContext& node) {
  if (!node.attributes().has("axis")) TypeContext::fail("lacks its attribute 'axis'");
  const Items items = items_of(node, 0);
  if (items.empty()) TypeContext::fail("its sequence is empty");
  const bool stacks = node.attributes().integer_or("new_axis", 0) != 0;
  Shape shape = joined_shape(node, items, stacks);
  auto& inputs = node.mutable_node().inputs;
  inputs.clear();
  for (const SequenceItem& item : items) {
    const ValueId source = items.size() > 1 ? node.graph().root(item.source) : item.source;
    if (std::find(inputs.begin(), inputs.end(), source) == inputs.end()) {
      inputs.emplace_back(source);
    }
  }
  if (items.size() == 1 && !items.front().part) return node.set_view(0, 0, std::move(shape));
  node.set_output(0, node.input(0).type, std::move(shape));
}

}  // namespace

Lowering sequence_lowering() {
  return {"",
          {{"SequenceEmpty", infer_empty, nullptr},
           {"SequenceConstruct", infer_construct, nullptr},
           {"SequenceInsert", infer_insert, nullptr},
           {"SequenceErase", infer_erase, nullptr},
           {"SequenceLength", infer_length, nullptr},
           {"SplitToSequence", infer_split_to_sequence, nullptr},
           {"SequenceAt", infer_at, lower_move},
           {"ConcatFromSequence", infer_concat_from_sequence, lower_move_of_all}}};
}

}  // namespace mensa::onnx_import
