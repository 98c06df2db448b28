#include "accelerators/cost/area.h"

#include <algorithm>

#include "models/base/conversions.h"

namespace mensa::accelerators {
namespace {

/// Bytes of the links that pass a PE: one value of each operand, at the widest precision.
double link_bytes(const Accelerator& accelerator) {
  int bits = 0;
  for (const Precision& precision : accelerator.precisions) {
    bits = std::max(bits, precision.factors.weights.bits + precision.factors.activations.bits +
                              precision.accumulators.bits);
  }
  return bits / base::kBitsPerByte;
}

}  // namespace

AreaBreakdown& AreaBreakdown::operator+=(const AreaBreakdown& other) {
  pe_array += other.pe_array;
  register_files += other.register_files;
  buffers += other.buffers;
  vector_unit += other.vector_unit;
  network += other.network;
  return *this;
}

AreaBreakdown area(const Accelerator& accelerator, const Technology& technology) {
  const auto pes = static_cast<double>(accelerator.pe_count());
  AreaBreakdown result;
  result.pe_array = technology.pe_area.nominal * pes;
  for (const base::Bytes capacity : accelerator.registers.capacity) {
    result.register_files +=
        technology.register_area_per_byte(capacity) * (static_cast<double>(capacity.value()) * pes);
  }
  for (const Buffer& buffer : accelerator.buffers) {
    const double ports =
        buffer.ports == BufferPorts::kSeparate ? technology.separate_ports_area.nominal : 1;
    result.buffers += technology.sram.at(buffer.bank_capacity(), buffer.width).area *
                      (static_cast<double>(buffer.banks) * ports);
  }
  result.vector_unit =
      technology.vector_lane_area.nominal * static_cast<double>(accelerator.vector_unit.lanes);
  result.network = technology.network_area_per_byte.nominal * (link_bytes(accelerator) * pes);
  return result;
}

AreaBreakdown area(const System& system) {
  AreaBreakdown sum;
  for (const Accelerator& accelerator : system.accelerators) {
    sum += area(accelerator, system.technology);
  }
  return sum;
}

}  // namespace mensa::accelerators
