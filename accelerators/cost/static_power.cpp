#include "accelerators/cost/static_power.h"

namespace mensa::accelerators {

base::Watts leakage(const Accelerator& accelerator, const Technology& technology) {
  base::Watts power = technology.pe_leakage.nominal * static_cast<double>(accelerator.pe_count());
  for (const Buffer& buffer : accelerator.buffers) {
    power += technology.sram.at(buffer.bank_capacity(), buffer.width).leakage *
             static_cast<double>(buffer.banks);
  }
  return power;
}

base::Watts idle_power(const System& system) {
  base::Watts power;
  for (const Memory& memory : system.memories) power += memory.background_power.nominal;
  for (const Accelerator& accelerator : system.accelerators) {
    if (!accelerator.power_gated) power += leakage(accelerator, system.technology);
  }
  return power;
}

base::Watts static_power(const System& system, AcceleratorId active) {
  const Accelerator& accelerator = system.accelerator(active);
  base::Watts power = idle_power(system);
  if (accelerator.power_gated) power += leakage(accelerator, system.technology);
  return power;
}

}  // namespace mensa::accelerators
