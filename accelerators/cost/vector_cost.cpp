#include "accelerators/cost/vector_cost.h"

#include <algorithm>

#include "accelerators/cost/mac_cost.h"
#include "accelerators/cost/static_power.h"

namespace mensa::accelerators {

using models::MacOperand;

namespace {

/// Fills in what all vector work has in common: traffic, DRAM time and energy, total time and
/// bound.
void finish(LayerCost& cost, const VectorQuestion& question, const System& system, PortId port_id,
            base::Hertz clock, base::Watts power) {
  const MemoryPort& port = system.port(port_id);
  const base::Bytes burst = system.burst(port_id);
  cost.dram.parameter_read = base::whole_bursts(question.parameter_read, burst);
  cost.dram.activation_read = base::whole_bursts(question.activation_read_from_dram, burst);
  cost.dram.activation_write = base::whole_bursts(question.activation_write_to_dram, burst);
  const auto dram_bytes = static_cast<double>((cost.dram.read() + cost.dram.write()).value());
  const double bytes_per_cycle = port.bandwidth.value() / clock.value();
  cost.memory_cycles =
      whole_cycles(system.transfer_cycles(port_id, cost.dram.read(), cost.dram.write(), clock));
  const double latency = port.latency.value() * clock.value();
  set_times(cost, {vector_tiles(cost.dram), {}, {}, latency, bytes_per_cycle}, clock);
  cost.energy.dram = system.energy_per_bit(port_id) * (dram_bytes * 8.0);
  cost.energy.static_energy = power * cost.time;
}

}  // namespace

std::int64_t vector_tiles(const DramTraffic& dram) {
  const base::Bytes moved = std::max(dram.read(), dram.write());
  return std::max<std::int64_t>(1, base::ceil_div(moved.value(), kVectorChunk.value()));
}

LayerCost vector_cost(const System& system, const Accelerator& accelerator,
                      const VectorQuestion& question) {
  LayerCost cost;
  const Technology& technology = system.technology;
  if (question.operations > 0) {
    cost.vector_cycles =
        base::Cycles(base::ceil_div(question.operations, accelerator.vector_unit.lanes));
    cost.energy.mac =
        technology.vector_operation.nominal * static_cast<double>(question.operations);
  }
  const Buffer& buffer = *accelerator.buffer_of(MacOperand::kInputs);
  const SramPoint macro = technology.sram.at(buffer.bank_capacity(), buffer.width);
  const auto width = static_cast<double>(buffer.width.value());
  const auto read_bytes =
      static_cast<double>((question.activation_read + question.activation_write_to_dram).value());
  const auto write_bytes =
      static_cast<double>((question.activation_read_from_dram + question.activation_write).value());
  cost.energy.buffer = macro.read * (read_bytes / width) + macro.write * (write_bytes / width);
  cost.network_cycles = whole_cycles(buffer.access_cycles(read_bytes, write_bytes));
  finish(cost, question, system, accelerator.port, accelerator.clock,
         static_power(system, accelerator.id));
  return cost;
}

LayerRoom vector_room(const Accelerator& accelerator, const VectorQuestion& question,
                      const DramTraffic& dram) {
  LayerRoom room;
  const std::size_t activations = buffer_index(accelerator, MacOperand::kInputs);
  const std::size_t parameters = buffer_index(accelerator, MacOperand::kWeights);
  room.stays[activations] += question.held;
  if (parameters != LayerRoom::Tile::kNowhere) room.stays[parameters] += question.held_parameters;
  const std::int64_t pieces = vector_tiles(dram);
  const auto add = [&](MacOperand operand, base::Bytes bytes) {
    if (bytes == base::Bytes(0)) return;
    room.tiles[models::index(operand)] = {
        activations, base::Bytes(base::ceil_div(bytes.value(), pieces)), pieces > 1 ? 2 : 1};
  };
  add(MacOperand::kWeights, dram.parameter_read);
  add(MacOperand::kInputs, dram.activation_read);
  add(MacOperand::kOutputs, dram.activation_write);
  return room;
}

LayerCost host_cost(const System& system, const VectorQuestion& question) {
  LayerCost cost;
  cost.vector_cycles = base::Cycles(question.operations);
  cost.energy.host =
      system.host.energy_per_operation.nominal * static_cast<double>(question.operations);
  finish(cost, question, system, system.host.port, base::Hertz(system.host.operations_per_second),
         idle_power(system));
  return cost;
}

}  // namespace mensa::accelerators
