#pragma once

#include "accelerators/spec/system.h"

namespace mensa::accelerators {

/// Leakage of an accelerator: its PEs and its buffers, by the technology's nominal figures.
[[nodiscard]] base::Watts leakage(const Accelerator& accelerator, const Technology& technology);

/// Power that the system draws while `active` works and nothing else does: background power of the
/// memories and leakage of every accelerator, power-gated ones only where they are `active`.
[[nodiscard]] base::Watts static_power(const System& system, AcceleratorId active);

/// The same while no accelerator works.
[[nodiscard]] base::Watts idle_power(const System& system);

}  // namespace mensa::accelerators
