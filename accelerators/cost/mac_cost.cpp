#include "accelerators/cost/mac_cost.h"

#include <algorithm>
#include <cassert>
#include <limits>

#include "accelerators/cost/static_power.h"

namespace mensa::accelerators {

using models::index;
using models::MacOperand;

namespace {

double to_bytes(std::int64_t elements, int bits) {
  return static_cast<double>(elements) * static_cast<double>(bits) / 8.0;
}

double to_bytes(double elements, double bits) { return elements * bits / 8.0; }

/// Bits of weights, inputs and sums in the PEs.
std::array<int, models::kMacOperandCount> bits_in_array(const Accelerator& accelerator,
                                                        const MacQuestion& question) {
  std::array<int, models::kMacOperandCount> bits = {question.bits.weights, question.bits.inputs,
                                                    question.bits.accumulators};
  if (!question.factors.has_value()) return bits;
  const int activations = accelerator.stored_bits(question.factors->activations);
  // Where both factors are activations the second one stands for the weights.
  const int weights = std::max(accelerator.stored_bits(question.factors->weights), activations);
  bits[index(MacOperand::kWeights)] = std::min(question.bits.weights, weights);
  bits[index(MacOperand::kInputs)] = std::min(question.bits.inputs, activations);
  return bits;
}

DramFormat format_in_dram(const SparseModel& sparse, const OperandBits& bits, base::Bytes burst) {
  return {sparse.stored(MacOperand::kWeights, Level::kDram),
          sparse.stored(MacOperand::kInputs, Level::kDram),
          sparse.stored(MacOperand::kOutputs, Level::kDram), StoredSize::dense(bits.accumulators),
          burst};
}

}  // namespace

std::int64_t fold_overhead_cycles(const Accelerator& accelerator) {
  if (!accelerator.dataflow.systolic()) return 0;
  const std::int64_t skew = accelerator.rows + accelerator.columns - 2;
  return accelerator.dataflow.stationary == MacOperand::kOutputs ? skew : skew + accelerator.rows;
}

DramFormat dram_format(const System& system, const Accelerator& accelerator,
                       const MacQuestion& question) {
  const SparseModel sparse(accelerator.sparsity, question.shape, question.bits,
                           bits_in_array(accelerator, question), question.zeros);
  return format_in_dram(sparse, question.bits, system.burst(accelerator.port));
}

MacCostModel::MacCostModel(const System& system, const Accelerator& accelerator,
                           const MacQuestion& question, std::optional<base::Watts> drawn)
    : system_(&system),
      accelerator_(&accelerator),
      question_(question),
      storage_(storage_view(accelerator)),
      burst_(system.burst(accelerator.port)),
      array_bits_(bits_in_array(accelerator, question)),
      sparse_(accelerator.sparsity, question.shape, question.bits, array_bits_, question.zeros),
      counter_(question.shape, storage_, question.input_positions,
               format_in_dram(sparse_, question.bits, burst_)) {
  const Technology& technology = system.technology;
  buffer_of_.fill(-1);
  assert(accelerator.buffers.size() <= BufferBytes::kMostBuffers);
  for (std::size_t b = 0; b < accelerator.buffers.size(); ++b) {
    const Buffer& buffer = accelerator.buffers[b];
    const SramPoint macro = technology.sram.at(buffer.bank_capacity(), buffer.width);
    const auto width = static_cast<double>(buffer.width.value());
    buffers_.push_back({buffer.capacity, macro.read.value() / width, macro.write.value() / width});
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
  macs_ = question.shape.macs();
  output_elements_ = question.shape.elements(MacOperand::kOutputs);
  rate_ = accelerator.native_precision().rate;
  base::Picojoules mac_energy;
  if (question.factors.has_value()) {
    const Precision* const precision = accelerator.find_precision(*question.factors);
    assert(precision != nullptr);
    rate_ = precision->rate;
    mac_energy = accelerator.mac_energy(*precision, technology);
  } else {
    mac_energy = technology.mac_energy({NumberFormat::integer(question.bits.weights),
                                        NumberFormat::integer(question.bits.inputs)});
  }
  const VectorTail& tail = question.tail;
  if (tail.operations > 0 && accelerator.vector_unit.lanes > 0) {
    vector_cycles_ = base::ceil_div(tail.operations, accelerator.vector_unit.lanes);
  }
  compute_pj_ = static_cast<double>(macs_) *
                    (mac_energy.value() * sparse_.mac_energy_share() +
                     sparse_.examined() * accelerator.sparsity.position_energy.value()) +
                static_cast<double>(tail.operations) * technology.vector_operation.nominal.value();
  hop_pj_per_byte_ = technology.network_hop_per_byte.nominal.value();
  fold_overhead_ = static_cast<double>(fold_overhead_cycles(accelerator));
  const MemoryPort& port = system.port(accelerator.port);
  dram_pj_per_byte_ = system.energy_per_bit(accelerator.port).value() * 8.0;
  dram_bytes_per_cycle_ = port.bandwidth.value() / accelerator.clock.value();
  device_bytes_per_cycle_ =
      system.memory(port.memory).bandwidth.value() / accelerator.clock.value();
  latency_cycles_ = port.latency.value() * accelerator.clock.value();
  full_duplex_ = port.duplex == Duplex::kFull;
  register_elements_ = register_elements();
  const base::Watts power = drawn ? *drawn : static_power(system, accelerator.id);
  static_pj_per_cycle_ = energy_per_cycle(power, accelerator.clock).value();
}

void MacCostModel::add_buffer_access(MacOperand operand, double read_bytes, double written_bytes,
                                     BufferBytes& bytes, double& energy) const {
  const int at = buffer_of_[index(operand)];
  if (at < 0) return;
  const auto b = static_cast<std::size_t>(at);
  bytes.read[b] += read_bytes;
  bytes.written[b] += written_bytes;
  energy +=
      read_bytes * buffers_[b].read_pj_per_byte + written_bytes * buffers_[b].write_pj_per_byte;
}

void MacCostModel::add_array_reads(MacOperand operand, const AccessCounts& counts,
                                   ArrayWork& work) const {
  const double bits = sparse_.stored(operand, Level::kBuffers).bits_per_value;
  const int at = buffer_of_[index(operand)];
  if (at < 0) return;
  const double made = transfers_made(operand, counts, false);
  const double timed = transfers_made(operand, counts, true);
  const auto b = static_cast<std::size_t>(at);
  work.buffers.read[b] += to_bytes(timed, bits);
  work.buffer_pj += to_bytes(made, bits) * buffers_[b].read_pj_per_byte;
  add_decompression(operand, Level::kBuffers, made, work.buffer_pj, work.decompression_cycles);
}

ArrayWork MacCostModel::array_work(const AccessCounts& counts) const {
  ArrayWork work;
  const OperandBits& bits = question_.bits;
  work.compute_cycles = compute_cycles(counts.array_cycles, counts.imbalance);
  if (fold_overhead_ > 0) {
    // One less: the first cycle of the first fold has number 0, as SCALE-Sim counts.
    work.compute_cycles -= 1;
    if (!accelerator_->dataflow.folds_overlap) {
      work.compute_cycles += static_cast<double>(counts.folds) * fold_overhead_;
    }
  }

  const double trunk_hops = static_cast<double>(accelerator_->rows) / 2.0;
  for (const MacOperand operand : models::kAllMacOperands) {
    const std::size_t o = index(operand);
    const OperandCounts& kept = counts.at(Level::kRegisters, operand);
    // Reads, and updates of sums, are for single MACs; fills and drains are of whole tiles.
    const double in_registers = sparse_.stored(operand, Level::kRegisters).bits_per_value;
    const auto of_macs = static_cast<double>(kept.reads + kept.updates);
    work.register_pj += (to_bytes(of_macs, sparse_.register_bits(operand)) +
                         to_bytes(static_cast<double>(kept.fills + kept.drains), in_registers)) *
                        register_pj_per_byte_[o];
    double unused = 0;
    add_decompression(operand, Level::kRegisters, of_macs, work.register_pj, unused);
    const bool buffered = storage_.in_buffers.contains(operand);
    const OperandCounts& sent = counts.at(buffered ? Level::kBuffers : Level::kDram, operand);
    auto travels = static_cast<double>(sent.reads + sent.updates);
    auto delivered = static_cast<double>(counts.deliveries[o]);
    if (buffered && operand != MacOperand::kOutputs) {
      const double made = transfers_made(operand, counts, false);
      if (made < travels) delivered *= made / travels;
      travels = std::min(travels, made);
    }
    work.network_pj += hop_pj_per_byte_ * (to_bytes(travels, in_registers) * trunk_hops +
                                           to_bytes(delivered, in_registers));
  }

  // Partial sums travel at accumulator width, final results at theirs.
  add_array_reads(MacOperand::kWeights, counts, work);
  add_array_reads(MacOperand::kInputs, counts, work);
  const OperandCounts& outputs = counts.at(Level::kBuffers, MacOperand::kOutputs);
  add_buffer_access(
      MacOperand::kOutputs, to_bytes(outputs.reads, bits.accumulators),
      to_bytes(outputs.updates - output_elements_, bits.accumulators) + output_bytes_in_buffer(),
      work.buffers, work.buffer_pj);
  add_dram_traffic(counts, false, work.dram);
  return work;
}

double MacCostModel::output_bytes_in_buffer() const {
  return to_bytes(static_cast<double>(output_elements_),
                  sparse_.stored(MacOperand::kOutputs, Level::kBuffers).bits_per_value);
}

TileWork MacCostModel::tile_work(const AccessCounts& counts) const {
  TileWork work;
  work.tiles = counts.tiles;
  const OperandBits& bits = question_.bits;
  const VectorTail& tail = question_.tail;
  add_dram_traffic(counts, true, work.dram);
  if (counts.bursts.has_value()) {
    // Weights without a buffer stream into the PEs while these are at work.
    if (!question_.resident.weights && storage_.in_buffers.contains(MacOperand::kWeights)) {
      work.first_fill += counts.bursts->first_weights;
    }
    if (!question_.resident.inputs) work.first_fill += counts.bursts->first_inputs;
    if (!question_.resident.outputs) work.last_drain = counts.bursts->last_outputs;
  }
  work.dram.parameter_read += base::whole_bursts(tail.parameter_read, burst_);
  work.dram.activation_read += base::whole_bursts(tail.activation_read_from_dram, burst_);

  const auto add_fills = [&](MacOperand operand) {
    const auto fills = static_cast<double>(counts.at(Level::kBuffers, operand).fills);
    add_buffer_access(operand, 0,
                      to_bytes(fills, sparse_.stored(operand, Level::kBuffers).bits_per_value),
                      work.buffers, work.buffer_pj);
    add_decompression(operand, Level::kDram, fills, work.buffer_pj, work.decompression_cycles);
  };
  for (const Level level : {Level::kDram, Level::kBuffers}) {  // outputs are compressed, once
    add_decompression(MacOperand::kOutputs, level, static_cast<double>(output_elements_),
                      work.buffer_pj, work.decompression_cycles);
  }
  if (!question_.resident.weights) add_fills(MacOperand::kWeights);
  if (!question_.resident.inputs) add_fills(MacOperand::kInputs);
  if (!question_.resident.outputs) {
    const OperandCounts& outputs = counts.at(Level::kBuffers, MacOperand::kOutputs);
    add_buffer_access(
        MacOperand::kOutputs,
        to_bytes(outputs.drains - output_elements_, bits.accumulators) + output_bytes_in_buffer(),
        to_bytes(outputs.fills, bits.accumulators), work.buffers, work.buffer_pj);
  }
  add_buffer_access(MacOperand::kOutputs, static_cast<double>(tail.activation_read.value()),
                    static_cast<double>(tail.activation_read_from_dram.value()), work.buffers,
                    work.buffer_pj);
  return work;
}

void MacCostModel::add_dram_traffic(const AccessCounts& counts, bool buffered,
                                    DramTraffic& dram) const {
  // Where nothing says how they come in bursts: at least these.
  const OperandBits& bits = question_.bits;
  const OperandCounts& outputs = counts.at(Level::kDram, MacOperand::kOutputs);
  BurstBytes bytes;
  if (counts.bursts.has_value()) {
    bytes = *counts.bursts;
  } else {
    const auto least = [&](MacOperand operand, std::int64_t values) {
      return sparse_.stored(operand, Level::kDram).least_bytes(values);
    };
    bytes.weights =
        least(MacOperand::kWeights, counts.at(Level::kDram, MacOperand::kWeights).reads);
    bytes.inputs = least(MacOperand::kInputs, counts.at(Level::kDram, MacOperand::kInputs).reads);
    bytes.sums_read = base::packed_bytes(outputs.reads, bits.accumulators);
    bytes.sums_written = base::packed_bytes(outputs.updates - output_elements_, bits.accumulators);
    bytes.outputs = least(MacOperand::kOutputs, output_elements_);
  }
  const auto moves = [&](MacOperand operand, bool resident) {
    return !resident && storage_.in_buffers.contains(operand) == buffered;
  };
  if (moves(MacOperand::kWeights, question_.resident.weights)) dram.parameter_read += bytes.weights;
  if (moves(MacOperand::kInputs, question_.resident.inputs)) dram.activation_read += bytes.inputs;
  if (moves(MacOperand::kOutputs, question_.resident.outputs)) {
    dram.partial_sum_read += bytes.sums_read;
    dram.partial_sum_write += bytes.sums_written;
    dram.activation_write += bytes.outputs;
  }
}

MacCostModel::OnChipCycles MacCostModel::on_chip_cycles(const ArrayWork& array,
                                                        const TileWork& tile) const {
  OnChipCycles cycles;
  double compute = array.compute_cycles;
  if (accelerator_->dataflow.folds_overlap) {
    compute += static_cast<double>(tile.tiles) * fold_overhead_;
  }
  cycles.compute = static_cast<std::int64_t>(compute);
  double network = 0;
  for (std::size_t b = 0; b < buffers_.size(); ++b) {
    network = std::max(network, accelerator_->buffers[b].access_cycles(
                                    array.buffers.read[b] + tile.buffers.read[b],
                                    array.buffers.written[b] + tile.buffers.written[b]));
  }
  network = std::max(network, array.decompression_cycles + tile.decompression_cycles);
  cycles.network = whole_cycles(network).value();
  return cycles;
}

std::pair<double, double> MacCostModel::tile_range(double busy, double dram_bytes,
                                                   double cycles) const {
  constexpr double kAny = std::numeric_limits<double>::infinity();
  busy = std::max(busy, static_cast<double>(vector_cycles_));
  if (dram_bytes == 0) return {1, busy <= cycles ? kAny : 0};
  // Cycles are rounded up: what exceeds by less than one may still do.
  const double left = cycles - end_latencies() + 1;
  if (left <= busy) return {1, 0};
  return {dram_bytes / dram_bytes_per_cycle_ / (left - busy),
          reads_tiles() && latency_cycles_ > 0 ? std::max(1.0, (2 * left - busy) / latency_cycles_)
                                               : kAny};
}

double MacCostModel::array_cycles(const ArrayWork& array) const {
  const OnChipCycles cycles = on_chip_cycles(array, {});
  return static_cast<double>(std::max(cycles.compute, cycles.network));
}

std::int64_t MacCostModel::memory_cycles(const DramTraffic& dram) const {
  const auto read = static_cast<double>(dram.read().value());
  const auto write = static_cast<double>(dram.write().value());
  const double cycles = full_duplex_ ? std::max(std::max(read, write) / dram_bytes_per_cycle_,
                                                (read + write) / device_bytes_per_cycle_)
                                     : (read + write) / dram_bytes_per_cycle_;
  return whole_cycles(cycles).value();
}

Pipeline MacCostModel::pipeline_of(const TileWork& tile) const {
  return {tile.tiles, tile.first_fill, tile.last_drain, latency_cycles_, dram_bytes_per_cycle_};
}

double MacCostModel::latency_of(const DramTraffic& dram) const {
  return (dram.read() + dram.write()).value() > 0 ? latency_cycles_ : 0.0;
}

ArrayWork ArrayWork::at_most(const ArrayWork& other) const {
  const double mine = register_pj + network_pj + buffer_pj;
  const double theirs = other.register_pj + other.network_pj + other.buffer_pj;
  ArrayWork least = mine <= theirs ? *this : other;
  least.compute_cycles = std::min(compute_cycles, other.compute_cycles);
  least.decompression_cycles = std::min(decompression_cycles, other.decompression_cycles);
  for (std::size_t b = 0; b < BufferBytes::kMostBuffers; ++b) {
    least.buffers.read[b] = std::min(buffers.read[b], other.buffers.read[b]);
    least.buffers.written[b] = std::min(buffers.written[b], other.buffers.written[b]);
  }
  least.dram = dram.at_most(other.dram);
  return least;
}

BufferBytes BufferBytes::plus(const BufferBytes& other, double times) const {
  BufferBytes sum = *this;
  for (std::size_t b = 0; b < kMostBuffers; ++b) {
    sum.read[b] += other.read[b] * times;
    sum.written[b] += other.written[b] * times;
  }
  return sum;
}

TileWork TileWork::plus(const TileWork& other, std::int64_t count) const {
  TileWork sum = *this;
  const auto times = static_cast<double>(count);
  sum.buffer_pj += other.buffer_pj * times;
  sum.buffers = buffers.plus(other.buffers, times);
  sum.decompression_cycles += other.decompression_cycles * times;
  sum.dram += other.dram.times(count);
  return sum;
}

ArrayWork ArrayWork::plus(const ArrayWork& other, std::int64_t count) const {
  ArrayWork sum = *this;
  const auto times = static_cast<double>(count);
  sum.compute_cycles += other.compute_cycles * times;
  sum.register_pj += other.register_pj * times;
  sum.network_pj += other.network_pj * times;
  sum.buffer_pj += other.buffer_pj * times;
  sum.buffers = buffers.plus(other.buffers, times);
  sum.decompression_cycles += other.decompression_cycles * times;
  sum.dram += other.dram.times(count);
  return sum;
}

TimeAndEnergy MacCostModel::time_and_energy(const ArrayWork& array, const TileWork& tile) const {
  DramTraffic dram = tile.dram;
  dram += array.dram;
  const OnChipCycles on_chip = on_chip_cycles(array, tile);
  const std::int64_t busy = std::max({on_chip.compute, vector_cycles_, on_chip.network});
  const std::int64_t cycles =
      pipeline_cycles(busy, memory_cycles(dram), dram, pipeline_of(tile)).total;
  return {cycles, energy_of(array, tile, dram, cycles)};
}

TimeAndEnergy MacCostModel::at_least(const ArrayWork& array, const TileWork& tile) const {
  DramTraffic dram = tile.dram;
  dram += array.dram;
  const OnChipCycles on_chip = on_chip_cycles(array, tile);
  const std::int64_t longest =
      std::max({on_chip.compute, vector_cycles_, on_chip.network, memory_cycles(dram)});
  const std::int64_t cycles = whole_cycles(static_cast<double>(longest) + latency_of(dram)).value();
  return {cycles, energy_of(array, tile, dram, cycles)};
}

double MacCostModel::energy_of(const ArrayWork& array, const TileWork& tile,
                               const DramTraffic& dram, std::int64_t cycles) const {
  const auto dram_bytes = static_cast<double>((dram.read() + dram.write()).value());
  return compute_pj_ + array.register_pj + array.network_pj + array.buffer_pj + tile.buffer_pj +
         dram_bytes * dram_pj_per_byte_ + static_pj_per_cycle_ * static_cast<double>(cycles);
}

std::optional<TimeAndEnergy> MacCostModel::quick(const Mapping& mapping) {
  if (!holds_resident_weights(mapping)) return std::nullopt;
  counts_ = counter_.count(mapping);
  if (!fits(mapping, counts_.partial_sums_in_buffers, counts_.partial_sums_in_dram)) {
    return std::nullopt;
  }
  if (sparse_.active()) add_imbalance(mapping, nullptr);
  return time_and_energy(array_work(counts_), tile_work(counts_));
}

std::variant<LayerCost, Infeasible> MacCostModel::evaluate(const Mapping& mapping,
                                                           const ExactWeights* weights) {
  counts_ = counter_.count(mapping);
  if (auto missing =
          lacks(mapping, counts_.partial_sums_in_buffers, counts_.partial_sums_in_dram)) {
    return *std::move(missing);
  }
  if (weights != nullptr) {
    if (auto missing = lacks_room_for(mapping, *weights)) return *std::move(missing);
  }
  if (sparse_.active()) add_imbalance(mapping, weights);
  if (weights != nullptr) {
    counts_.bursts->weights = weights->dram * counts_.bursts->weight_times;
    counts_.bursts->first_weights = weights->first_tile;
  }
  return assemble(array_work(counts_), tile_work(counts_));
}

LayerCost MacCostModel::evaluate_without_limits(const Mapping& mapping) {
  counts_ = counter_.count(mapping);
  if (sparse_.active()) add_imbalance(mapping, nullptr);
  return assemble(array_work(counts_), tile_work(counts_));
}

LayerCost MacCostModel::assemble(const ArrayWork& array, const TileWork& tile) const {
  LayerCost cost;
  cost.macs = macs_;
  cost.fates = sparse_.fates(macs_);
  cost.dram = tile.dram;
  cost.dram += array.dram;
  check_traffic(cost.dram, 1);
  const OnChipCycles on_chip = on_chip_cycles(array, tile);
  cost.compute_cycles = base::Cycles(on_chip.compute);
  cost.vector_cycles = base::Cycles(vector_cycles_);
  cost.network_cycles = base::Cycles(on_chip.network);
  cost.memory_cycles = base::Cycles(memory_cycles(cost.dram));
  set_times(cost, pipeline_of(tile), accelerator_->clock);

  const auto dram_bytes = static_cast<double>((cost.dram.read() + cost.dram.write()).value());
  cost.energy.mac = base::Picojoules(compute_pj_);
  cost.energy.register_file = base::Picojoules(array.register_pj);
  cost.energy.buffer = base::Picojoules(array.buffer_pj + tile.buffer_pj);
  cost.energy.network = base::Picojoules(array.network_pj);
  cost.energy.dram = base::Picojoules(dram_bytes * dram_pj_per_byte_);
  cost.energy.static_energy =
      base::Picojoules(static_pj_per_cycle_ * static_cast<double>(cost.cycles.value()));
  cost.pe_utilization = static_cast<double>(macs_ - cost.fates.skipped) /
                        (rate_.per_cycle(accelerator_->pe_count()) *
                         static_cast<double>(std::max<std::int64_t>(1, cost.cycles.value())));
  return cost;
}

}  // namespace mensa::accelerators
