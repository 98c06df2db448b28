#pragma once

#include "accelerators/spec/system.h"

namespace mensa::accelerators {

/// Silicon area by component, at the technology's nominal figures.
struct AreaBreakdown {
  base::SquareMillimetres pe_array;        ///< MAC units and control of the PEs
  base::SquareMillimetres register_files;  ///< operand registers of the PEs
  base::SquareMillimetres buffers;         ///< on-chip SRAM
  base::SquareMillimetres vector_unit;
  base::SquareMillimetres network;  ///< links between buffers and PEs

  [[nodiscard]] base::SquareMillimetres total() const {
    return pe_array + register_files + buffers + vector_unit + network;
  }
  AreaBreakdown& operator+=(const AreaBreakdown& other);
};

/// Area of one accelerator. Its DMA, its instruction control, wires between buffer banks and what
/// sits at the pads are not part of it: the technology has no figures for them.
[[nodiscard]] AreaBreakdown area(const Accelerator& accelerator, const Technology& technology);

/// Area of all accelerators of a system together. Memories (dies, controllers, the rest of a
/// stack's logic layer) and the host are not part of it.
[[nodiscard]] AreaBreakdown area(const System& system);

}  // namespace mensa::accelerators
