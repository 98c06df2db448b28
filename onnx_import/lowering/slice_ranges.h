#pragma once

#include <cstdint>
#include <vector>

#include "onnx_import/lowering/type_context.h"

namespace mensa::onnx_import {

/// Which elements of one axis are taken: `count` of them from `start` on, `step` apart. Where count
/// is not 0 all of them are on the axis.
struct AxisRange {
  std::int64_t start = 0;
  std::int64_t step = 1;
  std::int64_t count = 0;
};

/// What a Slice takes of each axis of its input, from its attributes (up to operator set 9) or
/// inputs. Error where they are not valid, unsupported where they are not known.
[[nodiscard]] std::vector<AxisRange> slice_ranges(const TypeContext& node);

}  // namespace mensa::onnx_import
