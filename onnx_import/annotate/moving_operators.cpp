#include "onnx_import/annotate/moving_operators.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace mensa::onnx_import {

bool moves_elements(const Node& node) {
  constexpr std::array<std::string_view, 27> kMoving = {
      "Abs",       "Cast",           "CastLike", "CenterCropPad",    "Compress",
      "Dropout",   "DepthToSpace",   "Expand",   "DequantizeLinear", "DynamicQuantizeLinear",
      "Flatten",   "Gather",         "GatherND", "GatherElements",   "Identity",
      "Neg",       "QuantizeLinear", "Reshape",  "ReverseSequence",  "Slice",
      "Split",     "SpaceToDepth",   "Squeeze",  "SplitToSequence",  "Tile",
      "Transpose", "Unsqueeze"};
  if (!node.domain.empty() && node.domain != "com.microsoft") return false;
  if (std::find(kMoving.begin(), kMoving.end(), node.op) != kMoving.end()) return true;
  if (node.op != "Resize" && node.op != "Upsample") return false;
  return node.attributes.string_or("mode", "nearest") == "nearest";
}

}  // namespace mensa::onnx_import
