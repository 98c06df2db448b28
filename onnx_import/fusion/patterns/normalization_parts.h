#pragma once

#include "onnx_import/fusion/patterns/pattern.h"

namespace mensa::onnx_import {

/// The square root of `variance` plus an epsilon.
[[nodiscard]] Pattern deviation_of(const Pattern& variance);

/// `dividend` over that deviation: divided by it, or times its reciprocal.
[[nodiscard]] Pattern over_deviation(const Pattern& dividend, const Pattern& variance);

/// One over that deviation.
[[nodiscard]] Pattern inverse_deviation(const Pattern& variance);

}  // namespace mensa::onnx_import
