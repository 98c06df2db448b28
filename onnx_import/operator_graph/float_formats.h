#pragma once

#include <cstdint>

#include "models/graph/tensor.h"

namespace mensa::onnx_import {

/// The value that the bits of a 16-bit float (kFloat16 or kBfloat16) stand for.
[[nodiscard]] double float_from_bits(std::uint16_t bits, models::ElementType type);

/// `value` rounded to the nearest (ties to even) that a float of that type holds; infinite where it
/// is too large for it.
[[nodiscard]] double round_to_type(double value, models::ElementType type);

}  // namespace mensa::onnx_import
