#pragma once

#include <array>
#include <cstdint>

#include "models/graph/problem_shape.h"
#include "models/graph/sparsity.h"

namespace mensa::accelerators {

/// What is known of the zeros among one operand of a layer.
struct OperandZeros {
  double density = 1;  ///< share of values that are not zero
  models::ZeroPlacement placement = models::ZeroPlacement::kUniform;
  std::int64_t cluster = 1;  ///< neighbours that are zero together
  /// The accelerator's N:M holds in every group.
  bool keeps_groups = false;
  /// Share of values in blocks that have any value that is not zero; negative: what follows from
  /// the density.
  double kept = -1;
  /// Tiles are given room for at least this share of their values, as some turned out to need.
  double room = 0;

  bool operator==(const OperandZeros&) const = default;
};

/// By models::index(MacOperand).
using Zeros = std::array<OperandZeros, models::kMacOperandCount>;

}  // namespace mensa::accelerators
