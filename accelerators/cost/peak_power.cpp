#include "accelerators/cost/peak_power.h"

#include <algorithm>

#include "accelerators/cost/static_power.h"
#include "models/base/conversions.h"

namespace mensa::accelerators {
namespace {

/// Of events of that energy, so many in a second.
base::Watts power_of(base::Picojoules energy, double per_second) {
  return base::Watts(energy.value() * base::kJoulesPerPicojoule * per_second);
}

/// Bytes of a weight, an input and a sum in the PEs.
std::array<double, models::kMacOperandCount> bytes_in_array(const Accelerator& accelerator) {
  const Precision& precision = accelerator.native_precision();
  const auto bytes = [&](NumberFormat format) {
    return accelerator.stored_bits(format) / base::kBitsPerByte;
  };
  return {bytes(precision.factors.weights), bytes(precision.factors.activations),
          bytes(precision.accumulators)};
}

/// Of the registers, for one MAC: factors are read, sums read and written.
base::Picojoules register_energy(const Accelerator& accelerator, const Technology& technology) {
  constexpr std::array<double, models::kMacOperandCount> kAccesses = {1, 1, 2};
  const auto bytes = bytes_in_array(accelerator);
  base::Picojoules energy;
  for (const models::MacOperand operand : models::kAllMacOperands) {
    const std::size_t o = models::index(operand);
    const base::Bytes capacity = accelerator.registers.capacity[o];
    if (capacity == base::Bytes(0)) continue;
    energy += technology.register_energy_per_byte(capacity) * (bytes[o] * kAccesses[o]);
  }
  return energy;
}

/// Of all banks in one cycle.
base::Picojoules access_energy(const Buffer& buffer, const Technology& technology) {
  const SramPoint macro = technology.sram.at(buffer.bank_capacity(), buffer.width);
  const base::Picojoules bank = buffer.ports == BufferPorts::kSeparate
                                    ? macro.read + macro.write
                                    : std::max(macro.read, macro.write);
  return bank * static_cast<double>(buffer.banks);
}

/// Bytes a second over one hop each: from and to the buffers over half the rows, and one of each
/// operand into or out of the PEs for every MAC.
double bytes_over_hops(const System& system, const Accelerator& accelerator) {
  double sent = 0;
  for (const Buffer& buffer : accelerator.buffers) {
    const int ways = buffer.ports == BufferPorts::kSeparate ? 2 : 1;
    sent +=
        static_cast<double>((buffer.bytes_per_cycle() * ways).value()) * accelerator.clock.value();
  }
  if (accelerator.buffer_of(models::MacOperand::kWeights) == nullptr) {
    sent += system.port(accelerator.port).bandwidth.value();  // they come straight from DRAM
  }
  double delivered = 0;
  for (const double bytes : bytes_in_array(accelerator)) {
    delivered += bytes * accelerator.peak_macs_per_second();
  }
  return sent * static_cast<double>(accelerator.rows) / 2 + delivered;
}

base::Watts full_bandwidth(const System& system, const Memory& memory) {
  base::Picojoules dearest;
  for (const PortId port : memory.ports) dearest = std::max(dearest, system.energy_per_bit(port));
  return power_of(dearest, memory.bandwidth.value() * base::kBitsPerByte);
}

}  // namespace

PowerBreakdown& PowerBreakdown::operator+=(const PowerBreakdown& other) {
  mac += other.mac;
  register_file += other.register_file;
  buffer += other.buffer;
  network += other.network;
  vector_unit += other.vector_unit;
  dram += other.dram;
  leakage += other.leakage;
  background += other.background;
  return *this;
}

PowerBreakdown peak_power(const System& system, const Accelerator& accelerator) {
  const Technology& technology = system.technology;
  const double macs = accelerator.peak_macs_per_second();
  PowerBreakdown power;
  power.mac = power_of(accelerator.mac_energy(accelerator.native_precision(), technology), macs);
  power.register_file = power_of(register_energy(accelerator, technology), macs);
  for (const Buffer& buffer : accelerator.buffers) {
    power.buffer += power_of(access_energy(buffer, technology), accelerator.clock.value());
  }
  power.network =
      power_of(technology.network_hop_per_byte.nominal, bytes_over_hops(system, accelerator));
  power.vector_unit =
      power_of(technology.vector_operation.nominal,
               static_cast<double>(accelerator.vector_unit.lanes) * accelerator.clock.value());
  power.leakage = leakage(accelerator, technology);
  return power;
}

PowerBreakdown peak_power(const System& system) {
  PowerBreakdown sum;
  for (const Accelerator& accelerator : system.accelerators) {
    sum += peak_power(system, accelerator);
  }
  for (const Memory& memory : system.memories) sum.dram += full_bandwidth(system, memory);
  sum.background = background_power(system);
  return sum;
}

}  // namespace mensa::accelerators
