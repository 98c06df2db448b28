#include "accelerators/cost/mac_cost.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "accelerators/cost/static_power.h"

namespace mensa::accelerators {

using models::index;
using models::MacOperand;

namespace {

double to_bytes(std::int64_t elements, int bits) {
  return static_cast<double>(elements) * static_cast<double>(bits) / 8.0;
}

base::Bytes whole_bytes(std::int64_t elements, int bits) {
  return base::packed_bytes(elements, bits);
}

}  // namespace

std::int64_t fold_overhead_cycles(const Accelerator& accelerator) {
  if (!accelerator.dataflow.systolic()) return 0;
  const std::int64_t skew = accelerator.rows + accelerator.columns - 2;
  return accelerator.dataflow.stationary == MacOperand::kOutputs ? skew : skew + accelerator.rows;
}

MacCostModel::MacCostModel(const System& system, const Accelerator& accelerator,
                           const MacQuestion& question)
    : system_(&system),
      accelerator_(&accelerator),
      question_(question),
      storage_(storage_view(accelerator)),
      counter_(question.shape, storage_),
      precision_(&accelerator.native_precision()),
      static_power_(static_power(system, accelerator.id)) {
  const Technology& technology = system.technology;
  buffer_of_.fill(-1);
  for (std::size_t b = 0; b < accelerator.buffers.size(); ++b) {
    const Buffer& buffer = accelerator.buffers[b];
    const SramPoint macro = technology.sram.at(buffer.bank_capacity(), buffer.width);
    const auto width = static_cast<double>(buffer.width.value());
    buffers_.push_back({buffer.capacity, static_cast<double>(buffer.bytes_per_cycle().value()),
                        macro.read.value() / width, macro.write.value() / width});
    for (const MacOperand operand : models::kAllMacOperands) {
      if (buffer.keeps.contains(operand)) buffer_of_[index(operand)] = static_cast<int>(b);
    }
  }
  for (const MacOperand operand : models::kAllMacOperands) {
    const base::Bytes capacity = accelerator.registers.capacity[index(operand)];
    if (capacity.value() > 0) {
      register_pj_per_byte_[index(operand)] = technology.register_energy_per_byte(capacity).value();
    }
  }
  mac_pj_ = technology.mac_energy(question.bits.weights, question.bits.inputs).value();
  const MemoryPort& port = system.port(accelerator.port);
  dram_pj_per_byte_ = port.energy_per_bit.nominal.value() * 8.0;
  dram_bytes_per_cycle_ = port.bandwidth.value() / accelerator.clock.value();
}

MacCostModel::Needs MacCostModel::needs(const Mapping& mapping, bool partial_sums_in_buffers,
                                        bool partial_sums_in_dram) const {
  Needs needs;
  const OperandBits& bits = question_.bits;
  const std::array<int, models::kMacOperandCount> register_bits = {bits.weights, bits.inputs,
                                                                   bits.accumulators};
  const auto& register_tile = mapping.at(Level::kRegisters).tile;
  for (const MacOperand operand : models::kAllMacOperands) {
    if (!storage_.in_registers.contains(operand)) continue;
    base::Bytes& need = needs.registers[index(operand)];
    need =
        whole_bytes(counter_.tile_elements(operand, register_tile), register_bits[index(operand)]);
    // Parameters that come straight from DRAM are loaded beside those in use.
    const bool streams = operand == MacOperand::kWeights && buffer_of_[index(operand)] < 0 &&
                         !question_.resident.weights;
    if (streams && register_tile != mapping.at(Level::kDram).tile) need = need * 2;
  }

  const auto& tile = mapping.at(Level::kBuffers).tile;
  const auto add = [&](MacOperand operand, base::Bytes bytes) {
    const int buffer = buffer_of_[index(operand)];
    if (buffer >= 0) needs.buffers[static_cast<std::size_t>(buffer)] += bytes;
  };
  // Tiles that change while the layer runs are held twice: one in use, one on its way.
  const auto held = [&](MacOperand operand, int width, bool resident) {
    const std::int64_t whole = counter_.whole_elements(operand);
    if (resident) return whole_bytes(whole, width);
    const std::int64_t part = counter_.tile_elements(operand, tile);
    return whole_bytes(part, width) * (part < whole ? 2 : 1);
  };
  add(MacOperand::kWeights, held(MacOperand::kWeights, bits.weights, question_.resident.weights) +
                                question_.reserved_parameters);
  add(MacOperand::kInputs, held(MacOperand::kInputs, bits.inputs, question_.resident.inputs) +
                               question_.reserved_activations);
  const std::int64_t output_tile = counter_.tile_elements(MacOperand::kOutputs, tile);
  if (!question_.resident.outputs) {
    add(MacOperand::kOutputs,
        held(MacOperand::kOutputs, partial_sums_in_buffers ? bits.accumulators : bits.outputs,
             false));
  } else if (partial_sums_in_dram) {  // they stay here instead, at full width
    add(MacOperand::kOutputs, held(MacOperand::kOutputs, bits.accumulators, true));
  } else {
    add(MacOperand::kOutputs, held(MacOperand::kOutputs, bits.outputs, true));
    if (partial_sums_in_buffers) {
      add(MacOperand::kOutputs, whole_bytes(output_tile, bits.accumulators));
    }
  }
  add(MacOperand::kOutputs, whole_bytes(output_tile, bits.outputs) *
                                (std::int64_t{2} * question_.tail.streamed_operands));
  return needs;
}

bool MacCostModel::fits(const Mapping& mapping, bool partial_sums_in_buffers,
                        bool partial_sums_in_dram) const {
  const Needs needed = needs(mapping, partial_sums_in_buffers, partial_sums_in_dram);
  for (const MacOperand operand : models::kAllMacOperands) {
    if (storage_.in_registers.contains(operand) &&
        needed.registers[index(operand)] > accelerator_->registers.capacity[index(operand)]) {
      return false;
    }
  }
  for (std::size_t b = 0; b < buffers_.size(); ++b) {
    if (needed.buffers[b] > buffers_[b].capacity) return false;
  }
  return true;
}

std::optional<Infeasible> MacCostModel::lacks(const Mapping& mapping, bool partial_sums_in_buffers,
                                              bool partial_sums_in_dram) const {
  const Needs needed = needs(mapping, partial_sums_in_buffers, partial_sums_in_dram);
  const auto missing = [](std::string resource, base::Bytes need, base::Bytes have,
                          std::string hint) {
    return Infeasible{std::move(resource), fmt::format("{} B", need.value()),
                      fmt::format("{} B", have.value()), std::move(hint)};
  };
  for (const MacOperand operand : models::kAllMacOperands) {
    const base::Bytes have = accelerator_->registers.capacity[index(operand)];
    if (storage_.in_registers.contains(operand) && needed.registers[index(operand)] > have) {
      return missing(
          fmt::format("registers for {} of {}", models::to_string(operand), accelerator_->name),
          needed.registers[index(operand)], have, "larger registers would hold it");
    }
  }
  for (std::size_t b = 0; b < buffers_.size(); ++b) {
    if (needed.buffers[b] > buffers_[b].capacity) {
      return missing(
          fmt::format("buffer '{}' of {}", accelerator_->buffers[b].name, accelerator_->name),
          needed.buffers[b], buffers_[b].capacity, "a larger buffer or smaller tiles would fit");
    }
  }
  return std::nullopt;
}

std::variant<LayerCost, Infeasible> MacCostModel::evaluate(const Mapping& mapping) {
  counts_ = counter_.count(mapping);
  if (question_.resident.weights && buffer_of_[index(MacOperand::kWeights)] < 0) {
    // Parameters that stay in the PEs must all be there at once: one pass holds them.
    for (const models::Dim dim : models::kAllDims) {
      if (!models::is_relevant(MacOperand::kWeights, dim)) continue;
      if (mapping.walked_extent(dim, question_.shape.bounds) <= mapping.walked_step(dim)) continue;
      return Infeasible{fmt::format("registers for weights of {}", accelerator_->name),
                        "all parameters at once", "those of one pass", "fetch them at every step"};
    }
  }
  if (auto missing =
          lacks(mapping, counts_.partial_sums_in_buffers, counts_.partial_sums_in_dram)) {
    return *std::move(missing);
  }
  const OperandBits& bits = question_.bits;
  const VectorTail& tail = question_.tail;
  const OperandCounts& weights = counts_.at(Level::kDram, MacOperand::kWeights);
  const OperandCounts& inputs = counts_.at(Level::kDram, MacOperand::kInputs);
  const OperandCounts& outputs = counts_.at(Level::kDram, MacOperand::kOutputs);
  const std::int64_t output_elements = question_.shape.elements(MacOperand::kOutputs);

  LayerCost cost;
  cost.macs = question_.shape.macs();

  // DRAM: partial sums that leave the buffers travel at accumulator width, final results at theirs.
  if (!question_.resident.weights)
    cost.dram.parameter_read = whole_bytes(weights.reads, bits.weights);
  cost.dram.parameter_read += tail.parameter_read;
  if (!question_.resident.inputs)
    cost.dram.activation_read = whole_bytes(inputs.reads, bits.inputs);
  cost.dram.activation_read += tail.activation_read_from_dram;
  if (!question_.resident.outputs) {
    cost.dram.partial_sum_read = whole_bytes(outputs.reads, bits.accumulators);
    cost.dram.partial_sum_write = whole_bytes(outputs.updates - output_elements, bits.accumulators);
    cost.dram.activation_write = whole_bytes(output_elements, bits.outputs);
  }
  const auto dram_bytes = static_cast<double>((cost.dram.read() + cost.dram.write()).value());

  // Buffers: traffic by buffer, and energy.
  std::vector<double> traffic(buffers_.size(), 0.0);
  double buffer_pj = 0;
  const auto access = [&](MacOperand operand, double read_bytes, double write_bytes) {
    const int at = buffer_of_[index(operand)];
    if (at < 0) return;
    const BufferFigures& figures = buffers_[static_cast<std::size_t>(at)];
    traffic[static_cast<std::size_t>(at)] += read_bytes + write_bytes;
    buffer_pj += read_bytes * figures.read_pj_per_byte + write_bytes * figures.write_pj_per_byte;
  };
  const OperandCounts& buffered_weights = counts_.at(Level::kBuffers, MacOperand::kWeights);
  const OperandCounts& buffered_inputs = counts_.at(Level::kBuffers, MacOperand::kInputs);
  const OperandCounts& buffered_outputs = counts_.at(Level::kBuffers, MacOperand::kOutputs);
  access(MacOperand::kWeights, to_bytes(buffered_weights.reads, bits.weights),
         question_.resident.weights ? 0 : to_bytes(buffered_weights.fills, bits.weights));
  access(MacOperand::kInputs, to_bytes(buffered_inputs.reads, bits.inputs),
         question_.resident.inputs ? 0 : to_bytes(buffered_inputs.fills, bits.inputs));
  {
    const std::int64_t spilled = buffered_outputs.updates - output_elements;
    double read_bytes = to_bytes(buffered_outputs.reads, bits.accumulators);
    double write_bytes =
        to_bytes(spilled, bits.accumulators) + to_bytes(output_elements, bits.outputs);
    if (!question_.resident.outputs) {
      read_bytes += to_bytes(buffered_outputs.drains - output_elements, bits.accumulators) +
                    to_bytes(output_elements, bits.outputs);
      write_bytes += to_bytes(buffered_outputs.fills, bits.accumulators);
    }
    access(MacOperand::kOutputs, read_bytes, write_bytes);
  }
  access(MacOperand::kOutputs, static_cast<double>(tail.activation_read.value()),
         static_cast<double>(tail.activation_read_from_dram.value()));

  // Registers and array network.
  const std::array<int, models::kMacOperandCount> array_bits = {bits.weights, bits.inputs,
                                                                bits.accumulators};
  double register_pj = 0;
  double network_pj = 0;
  const double hop_pj = system_->technology.network_hop_per_byte.nominal.value();
  const double trunk_hops = static_cast<double>(accelerator_->rows) / 2.0;
  for (const MacOperand operand : models::kAllMacOperands) {
    const OperandCounts& kept = counts_.at(Level::kRegisters, operand);
    register_pj +=
        to_bytes(kept.reads + kept.fills + kept.updates + kept.drains, array_bits[index(operand)]) *
        register_pj_per_byte_[index(operand)];
    const Level above = storage_.in_buffers.contains(operand) ? Level::kBuffers : Level::kDram;
    const OperandCounts& sent = counts_.at(above, operand);
    network_pj +=
        hop_pj * (to_bytes(sent.reads + sent.updates, array_bits[index(operand)]) * trunk_hops +
                  to_bytes(counts_.deliveries[index(operand)], array_bits[index(operand)]));
  }

  // Time.
  std::int64_t compute = base::ceil_div(counts_.array_cycles, precision_->macs_per_pe);
  if (const std::int64_t overhead = fold_overhead_cycles(*accelerator_); overhead > 0) {
    const bool overlap = accelerator_->dataflow.folds_overlap;
    // One less: the first cycle of the first fold has number 0, as SCALE-Sim counts.
    compute += (overlap ? counts_.tiles : counts_.folds) * overhead - 1;
  }
  cost.compute_cycles = base::Cycles(compute);
  cost.vector_cycles =
      tail.operations > 0 && accelerator_->vector_unit.lanes > 0
          ? base::Cycles(base::ceil_div(tail.operations, accelerator_->vector_unit.lanes))
          : base::Cycles(0);
  double network_cycles = 0;
  for (std::size_t b = 0; b < buffers_.size(); ++b) {
    network_cycles = std::max(network_cycles, traffic[b] / buffers_[b].bytes_per_cycle);
  }
  cost.network_cycles = whole_cycles(network_cycles);
  cost.memory_cycles = whole_cycles(dram_bytes / dram_bytes_per_cycle_);
  const double latency = dram_bytes > 0 ? system_->port(accelerator_->port).latency.value() *
                                              accelerator_->clock.value()
                                        : 0.0;
  set_times(cost, counts_.tiles, latency, dram_bytes_per_cycle_, accelerator_->clock);

  cost.energy.mac = base::Picojoules(static_cast<double>(cost.macs) * mac_pj_ +
                                     static_cast<double>(tail.operations) *
                                         system_->technology.vector_operation.nominal.value());
  cost.energy.register_file = base::Picojoules(register_pj);
  cost.energy.buffer = base::Picojoules(buffer_pj);
  cost.energy.network = base::Picojoules(network_pj);
  cost.energy.dram = base::Picojoules(dram_bytes * dram_pj_per_byte_);
  cost.energy.static_energy = static_power_ * cost.time;
  cost.pe_utilization = static_cast<double>(cost.macs) /
                        (static_cast<double>(accelerator_->pe_count() * precision_->macs_per_pe) *
                         static_cast<double>(std::max<std::int64_t>(1, cost.cycles.value())));
  return cost;
}

void set_times(LayerCost& cost, std::int64_t tiles, double latency, double bytes_per_cycle,
               base::Hertz clock) {
  const base::Cycles busy =
      std::max({cost.compute_cycles, cost.vector_cycles, cost.network_cycles});
  const auto count = static_cast<double>(tiles);
  const double busy_per_tile = static_cast<double>(busy.value()) / count;
  const double fill = static_cast<double>(cost.dram.read().value()) / count / bytes_per_cycle;
  const double drain = static_cast<double>(cost.dram.write().value()) / count / bytes_per_cycle;
  // A slot of the double buffer is asked for, filled and used before it can be asked for again.
  cost.latency_cycles = cost.dram.read().value() > 0
                            ? whole_cycles(count * (latency + fill + busy_per_tile) / 2)
                            : base::Cycles(0);
  const base::Cycles pipelined = std::max(busy, tiles > 1 ? cost.latency_cycles : base::Cycles(0));
  const auto memory = static_cast<double>(cost.memory_cycles.value());
  const double total = std::max({latency + memory + busy_per_tile,
                                 latency + fill + static_cast<double>(pipelined.value()) + drain +
                                     (cost.dram.write().value() > 0 ? latency : 0.0)});
  cost.cycles = std::max(whole_cycles(total), base::Cycles(1));
  const base::Cycles core = std::max(pipelined, cost.memory_cycles);
  cost.exposed_cycles = cost.cycles - core;
  cost.time = cost.cycles / clock;
  const base::Cycles on_chip_or_memory = std::max(busy, cost.memory_cycles);
  if (cost.cycles - on_chip_or_memory > on_chip_or_memory) {
    cost.bound = Bound::kLatency;
  } else if (cost.memory_cycles > busy) {
    cost.bound = Bound::kMemory;
  } else if (cost.network_cycles > std::max(cost.compute_cycles, cost.vector_cycles)) {
    cost.bound = Bound::kNetwork;
  } else {
    cost.bound = Bound::kCompute;
  }
}

LayerCost repeat(const LayerCost& run, std::int64_t runs, base::Hertz clock) {
  if (runs == 1) return run;
  LayerCost all = run;
  const base::Cycles core = std::max(run.cycles - run.exposed_cycles, run.latency_cycles);
  all.cycles = core * runs + run.exposed_cycles;
  all.compute_cycles = run.compute_cycles * runs;
  all.vector_cycles = run.vector_cycles * runs;
  all.network_cycles = run.network_cycles * runs;
  all.memory_cycles = run.memory_cycles * runs;
  all.latency_cycles = run.latency_cycles * runs;
  all.macs = run.macs * runs;
  all.dram = run.dram.times(runs);
  const double time_factor = all.cycles.ratio(run.cycles);
  all.energy = run.energy.times(static_cast<double>(runs));
  all.energy.static_energy = run.energy.static_energy * time_factor;
  all.time = all.cycles / clock;
  all.pe_utilization = run.pe_utilization * static_cast<double>(runs) / time_factor;
  return all;
}

}  // namespace mensa::accelerators
