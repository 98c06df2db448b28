#pragma once

#include "accelerators/spec/system.h"

namespace mensa::accelerators {

/// Leakage of an accelerator's PEs, their registers included, by the technology's nominal figure.
[[nodiscard]] base::Watts array_leakage(const Accelerator& accelerator,
                                        const Technology& technology);

/// Leakage of all banks of a buffer.
[[nodiscard]] base::Watts leakage(const Buffer& buffer, const Technology& technology);

/// Leakage of an accelerator: its PEs and its buffers. Vector units and networks have no figure.
[[nodiscard]] base::Watts leakage(const Accelerator& accelerator, const Technology& technology);

/// What the memories draw whether or not they are accessed.
[[nodiscard]] base::Watts background_power(const System& system);

/// Power that the system draws while `active` works and nothing else does: background power of the
/// memories and leakage of every accelerator, power-gated ones only where they are `active`.
[[nodiscard]] base::Watts static_power(const System& system, AcceleratorId active);

/// The same while no accelerator works.
[[nodiscard]] base::Watts idle_power(const System& system);

/// Energy of that power in one cycle; static energy is that of all cycles.
[[nodiscard]] inline base::Picojoules energy_per_cycle(base::Watts power, base::Hertz clock) {
  return power * (base::Cycles(1) / clock);
}

}  // namespace mensa::accelerators
