#pragma once

#include <cstdint>

#include "models/graph/tensor.h"

namespace mensa::onnx_import {

/// The integer of that type nearest to `number` (ties to even) plus `zero_point`; the type's lowest
/// or highest beyond them, and `zero_point` for NaN, which ONNX leaves undefined.
[[nodiscard]] std::int64_t quantized(double number, std::int64_t zero_point,
                                     models::ElementType type);

}  // namespace mensa::onnx_import
