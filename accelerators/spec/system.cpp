#include "accelerators/spec/system.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "models/base/conversions.h"
#include "models/base/error.h"

namespace mensa::accelerators {

double Buffer::access_cycles(double read_bytes, double write_bytes) const {
  const double bytes = ports == BufferPorts::kSeparate ? std::max(read_bytes, write_bytes)
                                                       : read_bytes + write_bytes;
  return bytes / static_cast<double>(bytes_per_cycle().value());
}

double Accelerator::peak_macs_per_second() const {
  return native_precision().rate.per_second(pe_count(), clock);
}

const Precision* Accelerator::find_precision(const FactorFormats& factors) const {
  for (const auto* list : {&precisions, &emulations}) {
    const auto found = std::find_if(list->begin(), list->end(),
                                    [&](const Precision& one) { return one.factors == factors; });
    if (found != list->end()) return &*found;
  }
  return nullptr;
}

std::string Accelerator::precision_names() const {
  std::vector<std::string> names;
  names.reserve(precisions.size() + emulations.size());
  for (const Precision& one : precisions) names.push_back(one.factors.to_string());
  for (const Precision& one : emulations) {
    names.push_back(fmt::format("{} (emulated)", one.factors.to_string()));
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

base::Picojoules Accelerator::mac_energy(const Precision& precision,
                                         const Technology& technology) const {
  if (precision.energy) return precision.energy->nominal;
  if (!precision.emulated()) return technology.mac_energy(precision.factors);
  return mac_energy(native_precision(), technology) * static_cast<double>(precision.emulated_by);
}

const Buffer* Accelerator::buffer_of(models::MacOperand operand) const {
  const auto found = std::find_if(buffers.begin(), buffers.end(), [operand](const Buffer& buffer) {
    return buffer.keeps.contains(operand);
  });
  return found == buffers.end() ? nullptr : &*found;
}

base::Bytes Accelerator::parameter_capacity() const {
  const Buffer* const buffer = buffer_of(models::MacOperand::kWeights);
  if (buffer != nullptr) return buffer->capacity;
  return registers.capacity[models::index(models::MacOperand::kWeights)] * pe_count();
}

const Accelerator& System::accelerator(std::string_view wanted) const {
  const auto found =
      std::find_if(accelerators.begin(), accelerators.end(),
                   [wanted](const Accelerator& candidate) { return candidate.name == wanted; });
  if (found == accelerators.end()) {
    std::vector<std::string> known;
    for (const Accelerator& candidate : accelerators) known.push_back(candidate.name);
    throw base::Error(base::unknown_name_message("accelerator", wanted, known));
  }
  return *found;
}

base::Picojoules System::energy_per_bit(PortId id) const {
  const MemoryPort& way = port(id);
  if (!way.counts_activates) return way.energy_per_bit.nominal;
  const DramTiming& timing = *memory(way.memory).timing;
  const double row_bits = static_cast<double>(timing.row.value()) * base::kBitsPerByte;
  return way.energy_per_bit.nominal + timing.activate_energy->nominal / row_bits;
}

double System::transfer_cycles(PortId id, base::Bytes read, base::Bytes write,
                               base::Hertz clock) const {
  const MemoryPort& way = port(id);
  const auto both = static_cast<double>((read + write).value());
  const double bytes_per_cycle = way.bandwidth.value() / clock.value();
  if (way.duplex == Duplex::kHalf) return both / bytes_per_cycle;
  const auto one_way = static_cast<double>(std::max(read, write).value());
  const double device_bytes_per_cycle = memory(way.memory).bandwidth.value() / clock.value();
  return std::max(one_way / bytes_per_cycle, both / device_bytes_per_cycle);
}

}  // namespace mensa::accelerators
