#include "onnx_import/lowering/broadcast.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <iterator>
#include <utility>

#include "onnx_import/operator_graph/limits.h"

namespace mensa::onnx_import {

std::optional<Shape> broadcast_shape(const Shape& a, const Shape& b) {
  const Shape& longer = a.size() >= b.size() ? a : b;
  const Shape& shorter = a.size() >= b.size() ? b : a;
  Shape result = longer;
  const std::size_t offset = longer.size() - shorter.size();
  for (std::size_t i = 0; i < shorter.size(); ++i) {
    std::int64_t& extent = result[offset + i];
    if (extent == shorter[i] || shorter[i] == 1) continue;
    if (extent != 1) return std::nullopt;
    extent = shorter[i];
  }
  return result;
}

namespace {

/// Up to operator set 6: with `broadcast`, the second of two operands lies on the first's axes from
/// `axis` on (at the end where that is not given); else all have one shape.
Shape legacy_shape(const TypeContext& node) {
  const Shape& a = node.shape(0);
  for (std::size_t i = 1; node.input_count() != 2 && i < node.input_count(); ++i) {
    if (node.shape(i) == a) continue;
    TypeContext::fail(
        fmt::format("shapes {} and {} differ", fmt::join(a, "x"), fmt::join(node.shape(i), "x")));
  }
  if (node.input_count() != 2) return a;
  const Shape& b = node.shape(1);
  const std::int64_t last = std::ssize(a) - std::ssize(b);
  const bool stretches = node.attributes().integer_or("broadcast", 0) != 0;
  std::int64_t axis = node.attributes().integer_or("axis", last);
  if (axis < 0 && node.attributes().has("axis")) axis += std::ssize(a);
  bool fits = stretches ? axis >= 0 && axis <= last : a == b;
  for (std::size_t i = 0; fits && i < b.size(); ++i) {
    fits = b[i] == a[static_cast<std::size_t>(axis) + i] || b[i] == 1;
  }
  if (!fits) {
    TypeContext::fail(fmt::format("shape {} does not broadcast to {} at axis {}", fmt::join(b, "x"),
                                  fmt::join(a, "x"), axis));
  }
  // Where the axes are not aligned at the end, readers of this shape alone cannot tell.
  if (stretches && axis != last) TypeContext::unsupported("the broadcast of operator sets 1 to 6");
  return a;
}

}  // namespace

Shape broadcast_inputs(const TypeContext& node, std::size_t first) {
  // Operators whose first input is not among those broadcast are younger.
  const bool legacy = first == 0 && node.opset() < kFirstNumpyOpset;
  Shape shape = node.shape(first);
  for (std::size_t i = first + 1; i < node.input_count(); ++i) {
    if (node.input(i).type != node.input(first).type) {
      TypeContext::fail(fmt::format("its inputs have types {} and {}",
                                    models::to_string(node.input(first).type),
                                    models::to_string(node.input(i).type)));
    }
    if (legacy) continue;
    auto wider = broadcast_shape(shape, node.shape(i));
    if (!wider) {
      TypeContext::fail(fmt::format("shapes {} and {} do not broadcast", fmt::join(shape, "x"),
                                    fmt::join(node.shape(i), "x")));
    }
    shape = std::move(*wider);
  }
  return legacy ? legacy_shape(node) : shape;
}

Channels broadcast_channels(const Shape& constant, const Shape& result) {
  Channels channels{1, element_count(result).value_or(0)};
  const std::size_t offset = result.size() - constant.size();
  for (std::size_t i = 0; i < constant.size(); ++i) {
    if (constant[i] == 1) continue;
    if (channels.extent != 1) return {};
    std::int64_t inner = 1;
    for (std::size_t j = offset + i + 1; j < result.size(); ++j) inner *= result[j];
    channels = {constant[i], inner};
  }
  return channels;
}

std::vector<std::size_t> broadcast_positions(const Shape& operand, const Shape& result) {
  const auto count = static_cast<std::size_t>(element_count(result).value_or(0));
  std::vector<std::size_t> positions(count, 0);
  const std::size_t offset = result.size() - operand.size();
  std::size_t operand_stride = 1;
  std::size_t result_stride = 1;
  for (std::size_t i = result.size(); i-- > 0;) {
    const auto extent = static_cast<std::size_t>(result[i]);
    if (i >= offset && operand[i - offset] != 1) {
      for (std::size_t at = 0; at < count; ++at) {
        positions[at] += at / result_stride % extent * operand_stride;
      }
      operand_stride *= static_cast<std::size_t>(operand[i - offset]);
    }
    result_stride *= extent;
  }
  return positions;
}

}  // namespace mensa::onnx_import
