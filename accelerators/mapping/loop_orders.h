#pragma once

#include <array>
#include <vector>

#include "models/graph/problem_shape.h"

namespace mensa::accelerators {

using LoopOrder = std::array<models::Dim, models::kDimCount>;

/// The order in which the array walks a buffered tile: dimensions of the stationary operand
/// outside, those it does not depend on inside, so that it stays in the PEs while they run.
[[nodiscard]] LoopOrder stationary_order(models::MacOperand stationary);

/// The orders worth trying above the buffers. Dimensions fall in three groups that the operands
/// tell apart (positions N D P Q; filters K; reduction C T R S; groups G belong to all operands and
/// stay outermost), so six orders of the groups give every pattern of reuse between tiles, up to
/// the order inside a group.
[[nodiscard]] const std::array<LoopOrder, 6>& tile_orders();

}  // namespace mensa::accelerators
