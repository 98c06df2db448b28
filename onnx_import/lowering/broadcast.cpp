#include "onnx_import/lowering/broadcast.h"

#include <algorithm>

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
