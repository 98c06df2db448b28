#pragma once

#include <cstdint>
#include <string_view>

#include "models/graph/problem_shape.h"

namespace mensa::models {

/// A layer written as text.
struct ShapeText {
  ProblemShape shape;
  std::int64_t steps = 1;  ///< times that it repeats, each needing the one before
  int bits = 0;            ///< of every operand; 0: the accelerator's native precision
};

/// Reads "K=64,C=64,P=56,Q=56,R=3,S=3,stride=2": bounds by the names of Dim, `stride`, `dilation`
/// and `pad` (one number for height and width, or HxW, or DxHxW), `steps`, `bits`; 1 for what is
/// left out, pad 0. The input is as large as outputs and kernels reach, less padding of the same
/// width on both sides. Throws base::Error naming the entry: unknown or repeated names, numbers
/// below 1 or out of range, padding that leaves no input.
[[nodiscard]] ShapeText parse_shape(std::string_view text);

}  // namespace mensa::models
