#include "onnx_import/lowering/axis_pads.h"

#include <fmt/format.h>

#include <numeric>
#include <string>

#include "onnx_import/operator_graph/limits.h"

namespace mensa::onnx_import {

std::vector<AxisPads> axis_pads(const TypeContext& node) {
  const std::size_t rank = node.shape(0).size();
  const char* attribute = node.attributes().has("paddings") ? "paddings" : "pads";  // opset 1
  const auto pads = node.attribute_or_input(attribute, 1);
  if (!pads) TypeContext::fail("has no pads");
  std::vector<std::int64_t> axes(rank);
  std::iota(axes.begin(), axes.end(), 0);
  if (node.has_input(3)) axes = node.integers(3, "axes");
  if (pads->size() != 2 * axes.size()) {
    TypeContext::fail(
        fmt::format("has {} pads; two for each of {} axes are needed", pads->size(), axes.size()));
  }
  for (const std::int64_t pad : *pads) {
    if (pad < -kLongestWindow || pad > kLongestWindow) TypeContext::fail("a pad exceeds 2^31");
  }
  std::vector<AxisPads> result(rank);
  for (std::size_t i = 0; i < axes.size(); ++i) {
    result[node.checked_axis(axes[i], rank)] = {(*pads)[i], (*pads)[i + axes.size()]};
  }
  return result;
}

PadMode pad_mode(const TypeContext& node) {
  const std::string mode = node.attributes().string_or("mode", "constant");
  if (mode == "constant") return PadMode::kConstant;
  if (mode == "reflect") return PadMode::kReflect;
  if (mode == "edge") return PadMode::kEdge;
  if (mode == "wrap") return PadMode::kWrap;
  TypeContext::fail(fmt::format("mode is '{}'; it must be constant, reflect, edge or wrap", mode));
}

}  // namespace mensa::onnx_import
