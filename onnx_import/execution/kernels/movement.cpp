#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include "onnx_import/execution/kernel.h"
#include "onnx_import/execution/strided_walk.h"
#include "onnx_import/lowering/axis_pads.h"
#include "onnx_import/lowering/slice_ranges.h"
#include "onnx_import/operator_graph/element_types.h"

// Operators that leave elements as they are and change their places, or copy some of them.

namespace mensa::onnx_import {
namespace {

/// Output 0 gets the elements of input 0 at `offset` and from there `strides` apart along each axis
/// of `shape`, in its order.
void take_strided(KernelContext& node, const Shape& shape, const Strides& strides,
                  std::int64_t offset) {
  std::visit(
      [&](const auto& from) {
        std::decay_t<decltype(from)> result(node.output_size(0));
        const StridedWalk<1> walk(shape, {strides});
        const std::int64_t step = walk.step(0);
        walk.for_each_row([&](std::int64_t first, const std::array<std::int64_t, 1>& places) {
          const auto* begin = from.data() + offset + places[0];
          auto* to = result.data() + first;
          for (std::int64_t i = 0; i < walk.row(); ++i) to[i] = begin[i * step];
        });
        node.set(0, std::move(result));
      },
      node.input(0));
}

/// Where the result has the elements of the input in the same order.
void execute_copy(KernelContext& node) { node.set(0, node.input(0)); }

/// The mask says that everything is kept.
void execute_dropout(KernelContext& node) {
  execute_copy(node);
  if (!node.types().output_used(1)) return;
  if (is_float(node.output(1).type)) {
    node.set(1, std::vector<float>(node.output_size(1), 1.0F));
  } else {
    node.set(1, std::vector<std::int64_t>(node.output_size(1), 1));
  }
}

void execute_transpose(KernelContext& node) {
  const Shape& data = node.shape(0);
  std::vector<std::int64_t> reversed(data.size());
  std::iota(reversed.rbegin(), reversed.rend(), 0);
  const Strides own = row_major_strides(data);
  Strides strides;
  for (const std::int64_t axis : node.attributes().integers_or("perm", reversed)) {
    strides.push_back(own[node.types().checked_axis(axis, data.size())]);
  }
  take_strided(node, node.output_shape(0), strides, 0);
}

void execute_slice(KernelContext& node) {
  const auto ranges = slice_ranges(node.types());
  Strides strides = row_major_strides(node.shape(0));
  std::int64_t offset = 0;
  for (std::size_t axis = 0; axis < ranges.size(); ++axis) {
    offset += ranges[axis].start * strides[axis];
    // A step past the end of the axis leads to no element.
    strides[axis] *= ranges[axis].count > 1 ? ranges[axis].step : 1;
  }
  take_strided(node, node.output_shape(0), strides, offset);
}

void execute_expand(KernelContext& node) {
  const Shape& shape = node.output_shape(0);
  take_strided(node, shape, broadcast_strides(node.shape(0), shape), 0);
}

/// For each axis, the input's place of each place of the result; -1 where it has none.
using Places = std::vector<std::vector<std::int64_t>>;

/// Output 0 gets the elements of input 0 at these places, and `fill` elsewhere.
template <class T>
void pick(KernelContext& node, const std::vector<T>& from, const Places& places, T fill) {
  const Shape& shape = node.output_shape(0);
  const Strides strides = row_major_strides(node.shape(0));
  std::vector<T> result(node.output_size(0), fill);
  if (shape.empty()) {
    result = from;
    return node.set(0, std::move(result));
  }
  const std::size_t last = shape.size() - 1;
  Shape index(shape.size(), 0);
  for (std::size_t row = 0; row < result.size(); row += static_cast<std::size_t>(shape[last])) {
    std::int64_t offset = 0;
    bool inside = true;
    for (std::size_t axis = 0; axis < last; ++axis) {
      const std::int64_t place = places[axis][static_cast<std::size_t>(index[axis])];
      inside = inside && place >= 0;
      offset += place * strides[axis];
    }
    for (std::size_t i = 0; inside && i < places[last].size(); ++i) {
      const std::int64_t place = places[last][i];
      if (place >= 0) result[row + i] = from[static_cast<std::size_t>(offset + place)];
    }
    for (std::size_t axis = last; axis-- > 0;) {
      if (++index[axis] < shape[axis]) break;
      index[axis] = 0;
    }
  }
  node.set(0, std::move(result));
}

/// The place of an axis of `extent` that stands at `place`, which may be outside; -1 where that is
/// filled.
std::int64_t padded_place(std::int64_t place, std::int64_t extent, PadMode mode) {
  if (place >= 0 && place < extent) return place;
  if (mode == PadMode::kConstant) return -1;
  if (extent == 0) TypeContext::fail("repeats elements of an empty axis");
  if (mode == PadMode::kEdge) return place < 0 ? 0 : extent - 1;
  const auto modulo = [](std::int64_t a, std::int64_t b) { return (a % b + b) % b; };
  if (mode == PadMode::kWrap) return modulo(place, extent);
  if (extent == 1) return 0;
  const std::int64_t turn = modulo(place, 2 * (extent - 1));
  return turn < extent ? turn : 2 * (extent - 1) - turn;
}

template <class T>
T pad_value(const KernelContext& node) {
  constexpr std::size_t kValue = 2;
  if (node.has_input(kValue)) {
    const auto* given = std::get_if<std::vector<T>>(&node.input(kValue));
    if (given == nullptr) TypeContext::fail("its value is of another kind than its input");
    return given->empty() ? T{0} : given->front();
  }
  return static_cast<T>(static_cast<float>(
      std::is_floating_point_v<T> ? node.attributes().number_or("value", 0) : 0));
}

void execute_pad(KernelContext& node) {
  const PadMode mode = pad_mode(node.types());
  const auto pads = axis_pads(node.types());
  const Shape& data = node.shape(0);
  const Shape& shape = node.output_shape(0);
  Places places(shape.size());
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    places[axis].reserve(static_cast<std::size_t>(shape[axis]));
    for (std::int64_t i = 0; i < shape[axis]; ++i) {
      places[axis].push_back(padded_place(i - pads[axis].before, data[axis], mode));
    }
  }
  std::visit(
      [&](const auto& from) {
        using T = typename std::decay_t<decltype(from)>::value_type;
        pick(node, from, places, pad_value<T>(node));
      },
      node.input(0));
}

void execute_tile(KernelContext& node) {
  const Shape& shape = node.output_shape(0);
  Places places(shape.size());
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    places[axis].resize(static_cast<std::size_t>(shape[axis]));
    for (std::size_t i = 0; i < places[axis].size(); ++i) {
      places[axis][i] = static_cast<std::int64_t>(i) % node.shape(0)[axis];
    }
  }
  std::visit(
      [&](const auto& from) {
        using T = typename std::decay_t<decltype(from)>::value_type;
        pick(node, from, places, T{0});
      },
      node.input(0));
}

void execute_gather(KernelContext& node) {
  const Shape& data = node.shape(0);
  const std::size_t axis =
      node.types().checked_axis(node.attributes().integer_or("axis", 0), data.size());
  const std::int64_t extent = data[axis];
  const std::int64_t inner = row_major_strides(data)[axis];
  const auto& indices = node.integers(1);
  if (extent == 0) TypeContext::fail("takes elements of an empty axis");
  std::visit(
      [&](const auto& from) {
        std::decay_t<decltype(from)> result;
        result.reserve(node.output_size(0));
        const std::int64_t rows = std::ssize(from) / (extent * inner);
        for (std::int64_t row = 0; row < rows; ++row) {
          for (const std::int64_t index : indices) {
            const auto begin =
                from.begin() + (row * extent + TypeContext::checked_index(index, extent)) * inner;
            result.insert(result.end(), begin, begin + inner);
          }
        }
        node.set(0, std::move(result));
      },
      node.input(0));
}

/// [N, b, b, C/b^2, H, W] (or with the blocks behind the channels) as [N, C/b^2, H, b, W, b].
void execute_depth_to_space(KernelContext& node) {
  const Shape& data = node.shape(0);
  const std::int64_t block = node.attributes().integer_or("blocksize", 1);
  const bool channels_first = node.attributes().string_or("mode", "DCR") == "CRD";
  const std::int64_t plane = data[2] * data[3];
  const std::int64_t channels = data[1] / block / block;
  const std::int64_t channel_step = channels_first ? block * block * plane : plane;
  const std::int64_t block_step = channels_first ? plane : channels * plane;
  take_strided(node, {data[0], channels, data[2], block, data[3], block},
               {data[1] * plane, channel_step, data[3], block * block_step, 1, block_step}, 0);
}

void execute_space_to_depth(KernelContext& node) {
  const Shape& data = node.shape(0);
  const std::int64_t block = node.attributes().integer_or("blocksize", 1);
  const std::int64_t plane = data[2] * data[3];
  take_strided(node, {data[0], block, block, data[1], data[2] / block, data[3] / block},
               {data[1] * plane, data[3], 1, plane, block * data[3], block}, 0);
}

/// One value for all elements; 0 where none is given.
void execute_constant_of_shape(KernelContext& node) {
  const auto* attribute = node.attributes().find("value");
  const auto* data = attribute == nullptr ? nullptr : std::get_if<ConstantData>(attribute);
  const std::size_t size = node.output_size(0);
  if (is_float(node.output(0).type)) {
    const bool given = data != nullptr && data->floats && !data->floats->empty();
    return node.set(
        0, std::vector<float>(size, given ? static_cast<float>(data->floats->front()) : 0.0F));
  }
  const bool given = data != nullptr && data->integers && !data->integers->empty();
  node.set(0, std::vector<std::int64_t>(size, given ? data->integers->front() : 0));
}

void check_constant_of_shape(const TypeContext& node) {
  const auto* attribute = node.attributes().find("value");
  const auto* data = attribute == nullptr ? nullptr : std::get_if<ConstantData>(attribute);
  if (data != nullptr && !data->floats && !data->integers) {
    TypeContext::unsupported("its value is not known");
  }
}

/// Up to operator set 5 counts for one axis only; the result's shape says them all the same.
void check_tile(const TypeContext& node) {
  if (element_count(node.shape(0)) == 0) TypeContext::unsupported("of an empty input");
}

}  // namespace

std::vector<Kernel> movement_kernels() {
  return {{"Reshape", execute_copy},
          {"Flatten", execute_copy},
          {"Squeeze", execute_copy},
          {"Unsqueeze", execute_copy},
          {"Identity", execute_copy},
          {"Dropout", execute_dropout},
          {"Transpose", execute_transpose},
          {"Slice", execute_slice},
          {"Expand", execute_expand},
          {"Pad", execute_pad},
          {"Tile", execute_tile, check_tile},
          {"Gather", execute_gather},
          {"DepthToSpace", execute_depth_to_space},
          {"SpaceToDepth", execute_space_to_depth},
          {"ConstantOfShape", execute_constant_of_shape, check_constant_of_shape}};
}

}  // namespace mensa::onnx_import
