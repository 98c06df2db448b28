#pragma once

#include "accelerators/spec/system.h"

namespace mensa::accelerators {

/// Power by component with everything at work at once, at the technology's nominal figures: an
/// upper estimate, for what supply and cooling must bear. Formulas: docs/cost-model.md.
struct PowerBreakdown {
  base::Watts mac;            ///< every PE at the native precision
  base::Watts register_file;  ///< of these MACs
  base::Watts buffer;         ///< every port of every bank
  base::Watts network;        ///< links between buffers and PEs, as full as MACs and buffers allow
  base::Watts vector_unit;
  base::Watts dram;        ///< every memory at its full bandwidth
  base::Watts leakage;     ///< of PEs and buffers, power-gated or not
  base::Watts background;  ///< of the memories

  [[nodiscard]] base::Watts total() const {
    return mac + register_file + buffer + network + vector_unit + dram + leakage + background;
  }
  PowerBreakdown& operator+=(const PowerBreakdown& other);
};

/// Of one accelerator of the system, without memories.
[[nodiscard]] PowerBreakdown peak_power(const System& system, const Accelerator& accelerator);

/// Of all accelerators of a system and its memories together. The host is not part of it.
[[nodiscard]] PowerBreakdown peak_power(const System& system);

}  // namespace mensa::accelerators
