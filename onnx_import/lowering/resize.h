#pragma once

#include <cstddef>

#include "onnx_import/lowering/type_context.h"

namespace mensa::onnx_import {

/// Upsample, and Resize before operator set 11: coordinates without any shift, and no region.
[[nodiscard]] bool is_legacy_resize(const TypeContext& node);

/// Where a Resize or Upsample has its scales, if they are an input.
[[nodiscard]] std::size_t resize_scales_input(const TypeContext& node);

}  // namespace mensa::onnx_import
