#pragma once

#include <cstdint>
#include <vector>

#include "onnx_import/lowering/type_context.h"

namespace mensa::onnx_import {

/// Elements that a Pad adds at the ends of an axis; taken away where negative.
struct AxisPads {
  std::int64_t before = 0;
  std::int64_t after = 0;
};

/// What a Pad fills them with.
enum class PadMode : std::uint8_t { kConstant, kReflect, kEdge, kWrap };

/// For each axis of a Pad's input, from its attribute (up to operator set 10) or inputs; none
/// exceeds 2^31. Error where they are not valid, unsupported where they are not known.
[[nodiscard]] std::vector<AxisPads> axis_pads(const TypeContext& node);

/// Error where the node names none of the modes.
[[nodiscard]] PadMode pad_mode(const TypeContext& node);

}  // namespace mensa::onnx_import
