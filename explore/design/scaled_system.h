#pragma once

#include "accelerators/spec/system.h"

namespace mensa::explore {

/// A system made larger or smaller as a whole.
struct ScaledSystem {
  accelerators::System system;
  double factor = 1;  ///< by which arrays, buffers and lanes were multiplied
  double area = 0;    ///< mm2
};

/// The system with the PEs, buffers and vector lanes of every accelerator multiplied by one factor,
/// so that its area comes as near to `area` (mm2) as whole numbers let it. Sides of arrays and
/// banks of buffers go by the square root of the factor; clocks, registers, widths and memories
/// stay.
[[nodiscard]] ScaledSystem scaled_to_area(const accelerators::System& system, double area);

}  // namespace mensa::explore
