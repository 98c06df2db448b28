#pragma once

#include <cstddef>

namespace mensa::onnx_import {

/// Inputs of QuantizeLinear and DequantizeLinear.
enum QuantizationInput : std::size_t {
  kQuantizationData,
  kQuantizationScale,
  kQuantizationZeroPoint,
};

}  // namespace mensa::onnx_import
