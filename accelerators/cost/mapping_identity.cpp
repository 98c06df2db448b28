#include "accelerators/cost/mapping_identity.h"

#include "accelerators/cost/number_key.h"
#include "models/base/sha256.h"

// Every member of what is looked at is named, so that none that is added later can be forgotten
// here.

namespace mensa::accelerators {
namespace {

void add(NumberKey& key, NumberFormat format) { key.add(format.kind, format.bits); }

void add(NumberKey& key, const std::vector<models::DimSet>& sets) {
  key.add(sets.size());
  for (const models::DimSet set : sets) key.add(set.bits());
}

void add(NumberKey& key, const std::vector<models::Dim>& dims) {
  key.add(dims.size());
  key.add_each(dims);
}

void add(NumberKey& key, const Dataflow& dataflow) {
  const auto& [name, description, row_dims, column_dims, row_groups, column_groups, stationary,
               loop_blocks, register_dims, movement, folds_overlap] = dataflow;
  add(key, row_dims);
  add(key, column_dims);
  add(key, row_groups);
  add(key, column_groups);
  add(key, loop_blocks);
  add(key, register_dims);
  key.add(stationary, folds_overlap);
  key.add_each(movement);
}

/// With the energies of its banks.
void add(NumberKey& key, const Buffer& buffer, const Technology& technology) {
  const auto& [name, capacity, keeps, banks, width, ports] = buffer;
  const SramPoint macro = technology.sram.at(buffer.bank_capacity(), width);
  key.add(capacity, banks, width, ports, macro.read, macro.write);
  for (const models::MacOperand operand : models::kAllMacOperands) {
    key.add(keeps.contains(operand));
  }
}

void add(NumberKey& key, const std::vector<Precision>& precisions) {
  key.add(precisions.size());
  for (const Precision& precision : precisions) {
    const auto& [factors, accumulators, rate, energy, requantization, emulated_by] = precision;
    add(key, factors.weights);
    add(key, factors.activations);
    add(key, accumulators);
    key.add(rate.macs, rate.cycles, energy.has_value(),
            energy ? energy->nominal : base::Picojoules(0), requantization, emulated_by);
  }
}

void add(NumberKey& key, const OperandSparsity& sparsity) {
  const auto& [format, groups, block_outputs, block_reduction, index_bits, relative_index,
               pointer_bits, compressed_to, buffers, registers, macs, decompression_energy,
               decompressed_per_cycle, in_dram] = sparsity;
  key.add(format, groups.nonzeros, groups.of, block_outputs, block_reduction, index_bits,
          relative_index, pointer_bits, compressed_to, buffers, registers, macs,
          decompression_energy, decompressed_per_cycle, in_dram);
}

void add(NumberKey& key, const Sparsity& sparsity) {
  const auto& [operands, matching, positions_per_cycle, position_energy, stealing_group, fifo_depth,
               gated_mac_energy] = sparsity;
  for (const OperandSparsity& operand : operands) add(key, operand);
  key.add(matching, positions_per_cycle, position_energy, stealing_group, fifo_depth,
          gated_mac_energy);
}

/// Energies that are no accelerator's own. Those of its buffers and registers come with them;
/// leakage is part of the static power.
void add(NumberKey& key, const Technology& technology) {
  key.add(technology.mac.size());
  for (const MacEnergy& mac : technology.mac) {
    add(key, mac.weights);
    add(key, mac.activations);
    key.add(mac.energy.nominal);
  }
  key.add(technology.vector_operation.nominal, technology.network_hop_per_byte.nominal);
}

/// The way to DRAM: of the memory what its other ports do not change.
void add(NumberKey& key, const System& system, PortId id) {
  const MemoryPort& port = system.port(id);
  key.add(port.bandwidth, port.duplex, port.latency, system.energy_per_bit(id),
          system.memory(port.memory).bandwidth, system.burst(id));
}

}  // namespace

MappingIdentity mapping_identity(const System& system, const Accelerator& accelerator) {
  constexpr std::size_t kNumbers = 256;
  NumberKey key(kNumbers);
  const auto& [id, name, description, rows, columns, clock, dataflow, buffers, registers,
               vector_unit, precisions, emulations, sub_byte_storage, sparsity, time_batching,
               keeps_parameters, power_gated, launch_overhead, memory_priority, port] = accelerator;
  const Technology& technology = system.technology;
  key.add(rows, columns, clock, vector_unit.lanes, sub_byte_storage);
  add(key, dataflow);
  key.add(buffers.size());
  for (const Buffer& buffer : buffers) add(key, buffer, technology);
  for (const base::Bytes capacity : registers.capacity) {
    const bool exists = capacity > base::Bytes(0);
    key.add(capacity, exists ? technology.register_energy_per_byte(capacity) : base::Picojoules(0));
  }
  add(key, precisions);
  add(key, emulations);
  add(key, sparsity);
  add(key, technology);
  add(key, system, port);
  return {base::sha256(key.text())};
}

}  // namespace mensa::accelerators
