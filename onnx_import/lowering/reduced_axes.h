#pragma once

#include <vector>

#include "onnx_import/lowering/type_context.h"

namespace mensa::onnx_import {

/// Which axes of its input a reduction reduces: those of its attribute (up to operator set 17, of
/// ReduceSum to 12) or input; where it names none, all or, by noop_with_empty_axes, none.
[[nodiscard]] std::vector<bool> reduced_axes(const TypeContext& node);

}  // namespace mensa::onnx_import
