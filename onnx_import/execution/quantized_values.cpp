#include "onnx_import/execution/quantized_values.h"

#include <algorithm>
#include <cmath>

#include "onnx_import/operator_graph/element_types.h"

namespace mensa::onnx_import {

std::int64_t quantized(double number, std::int64_t zero_point, models::ElementType type) {
  const int width = models::bits(type);
  const bool is_signed = fits_type(-1, type);
  const double low = is_signed ? -std::ldexp(1.0, width - 1) : 0.0;
  const double high = std::ldexp(1.0, is_signed ? width - 1 : width) - 1;
  if (std::isnan(number)) return zero_point;
  // std::nearbyint rounds ties to even, as long as nobody changed how the program rounds.
  const double rounded = std::nearbyint(number) + static_cast<double>(zero_point);
  return static_cast<std::int64_t>(std::clamp(rounded, low, high));
}

}  // namespace mensa::onnx_import
