#pragma once

#include <array>
#include <vector>

#include "accelerators/dataflows/dataflow.h"
#include "models/graph/problem_shape.h"

namespace mensa::accelerators {

using LoopOrder = std::array<models::Dim, models::kDimCount>;

/// Which loop orders are allowed: sets of dimensions, outermost set first; within a set any order
/// goes. Together they hold every dimension once.
using LoopBlocks = std::vector<models::DimSet>;

/// Every order is allowed.
[[nodiscard]] LoopBlocks free_blocks();
/// Dimensions of the stationary operand outside, those it does not depend on inside, so that it
/// stays in the PEs while they run.
[[nodiscard]] LoopBlocks stationary_blocks(models::MacOperand stationary);

/// The orders that a dataflow allows over a buffered tile.
[[nodiscard]] LoopBlocks array_blocks(const Dataflow& dataflow);

/// One of them: dimensions of each set in the order of models::kAllDims.
[[nodiscard]] LoopOrder default_array_order(const Dataflow& dataflow);

/// Whether the loops that walk stand in an order that `blocks` allow.
[[nodiscard]] bool is_allowed(const LoopOrder& order, const LoopBlocks& blocks,
                              models::DimSet walked);

/// Orders of the loops `walked` (those of more than one iteration) such that every allowed order
/// costs at least as much, in every operand's accesses, as one of them. They differ in what runs
/// innermost; docs/cost-model.md has the argument. `sliding` are the dimensions along which
/// consecutive tiles may overlap.
[[nodiscard]] std::vector<LoopOrder> best_orders(const LoopBlocks& blocks, models::DimSet walked,
                                                 models::DimSet sliding);

/// Every allowed order of the loops `walked`; the others stand outermost in their block.
[[nodiscard]] std::vector<LoopOrder> all_orders(const LoopBlocks& blocks, models::DimSet walked);

/// Dimensions of the axes on which windows overlap.
[[nodiscard]] models::DimSet sliding_dims(const models::ProblemShape& shape);

}  // namespace mensa::accelerators
