#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "onnx_import/operator_graph/weight_reading.h"

namespace mensa::onnx_import {

/// How far weights are from zero, in the row-major order of their tensor.
struct Magnitudes {
  /// Ordered as the magnitudes are; 0 for what is zero. NaN is above all numbers.
  std::vector<std::uint32_t> keys;
  /// The keys are the bits of magnitudes in fp32; else they are the magnitudes.
  bool floats = true;

  [[nodiscard]] double value(std::size_t at) const {
    return floats ? static_cast<double>(std::bit_cast<float>(keys[at]))
                  : static_cast<double>(keys[at]);
  }
};

/// Whether the file says how large the weights are, not only which of them are zero.
[[nodiscard]] bool has_magnitudes(const WeightReading& reading);

/// Reads `count` weights: floats of all widths as fp32, integers as their distance from the zero
/// point, up to 2^32 - 1. has_magnitudes() holds. Throws base::Error where the file cannot be read
/// any more or holds another number of them.
[[nodiscard]] Magnitudes read_magnitudes(const WeightReading& reading, std::size_t count);

}  // namespace mensa::onnx_import
