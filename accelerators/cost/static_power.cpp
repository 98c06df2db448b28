#include "accelerators/cost/static_power.h"

namespace mensa::accelerators {

base::Watts array_leakage(const Accelerator& accelerator, const Technology& technology) {
  return technology.pe_leakage.nominal * static_cast<double>(accelerator.pe_count());
}

base::Watts leakage(const Buffer& buffer, const Technology& technology) {
  return technology.sram.at(buffer.bank_capacity(), buffer.width).leakage *
         static_cast<double>(buffer.banks);
}

base::Watts leakage(const Accelerator& accelerator, const Technology& technology) {
  base::Watts power = array_leakage(accelerator, technology);
  for (const Buffer& buffer : accelerator.buffers) power += leakage(buffer, technology);
  return power;
}

base::Watts background_power(const System& system) {
  base::Watts power;
  for (const Memory& memory : system.memories) power += memory.background_power.nominal;
  return power;
}

base::Watts idle_power(const System& system) {
  base::Watts power = background_power(system);
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
