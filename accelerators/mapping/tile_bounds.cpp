#include "accelerators/mapping/tile_bounds.h"

#include <algorithm>

namespace mensa::accelerators {

using models::DimArray;
using models::index;
using models::MacOperand;

TileBounds::TileBounds(const MacCostModel& model, const AxisBounds& axes)
    : model_(model), shape_(model.question().shape), axes_(axes) {
  // Work with one operand moved `times` times, and all others once.
  const auto work = [&](MacOperand repeated, std::int64_t times) {
    AccessCounts counts;
    counts.tiles = 1;
    for (const MacOperand operand : models::kAllMacOperands) {
      if (!model_.storage().in_buffers.contains(operand)) continue;
      const std::int64_t whole = model_.counter().whole_elements(operand);
      const std::int64_t moved = whole * (operand == repeated ? times : 1);
      OperandCounts& dram = counts.levels[index(Level::kDram)][index(operand)];
      OperandCounts& buffers = counts.levels[index(Level::kBuffers)][index(operand)];
      if (operand == MacOperand::kOutputs) {
        dram.updates = buffers.drains = moved;
        dram.reads = buffers.fills = moved - whole;
      } else {
        dram.reads = buffers.fills = moved;
      }
    }
    return model_.tile_work(counts);
  };
  const auto energy = [&](const TileWork& tile) {
    const auto bytes = static_cast<double>((tile.dram.read() + tile.dram.write()).value());
    return EnergyAndTraffic{tile.buffer_pj + bytes * model_.dram_energy_per_byte(), bytes, 0};
  };
  const MacQuestion& question = model_.question();
  const OperandSet in_buffers = model_.storage().in_buffers;
  const auto pads = [&](MacOperand operand, bool resident) {
    if (!resident && in_buffers.contains(operand)) padded_.insert(operand);
  };
  pads(MacOperand::kWeights, question.resident.weights);
  pads(MacOperand::kOutputs, question.resident.outputs);
  // A window that slides, or that lies in padding, may bring nothing.
  bool brings_something = true;
  for (std::size_t axis = 0; axis < models::kSlidingAxes.size(); ++axis) {
    const auto [output, kernel] = models::kSlidingAxes[axis];
    brings_something =
        brings_something && shape_.bound(kernel) == 1 && axes_.pairs(axis) == shape_.bound(output);
  }
  pads(MacOperand::kInputs, question.resident.inputs || !brings_something);
  burst_ = static_cast<double>(model_.burst().value());
  const auto bytes = [&](MacOperand operand, double width) {
    return static_cast<double>(model_.counter().whole_elements(operand)) * width / 8.0;
  };
  for (const MacOperand operand : models::kAllMacOperands) {
    once_bytes_[index(operand)] =
        bytes(operand, model_.sparse().stored(operand, Level::kDram).bits_per_value);
  }
  for (const MacOperand operand : models::kAllMacOperands) {
    const StoredSize& stored = model_.sparse().stored(operand, Level::kDram);
    const bool resident = operand == MacOperand::kWeights  ? question.resident.weights
                          : operand == MacOperand::kInputs ? question.resident.inputs
                                                           : question.resident.outputs;
    if (stored.pointer_bits == 0 || resident) continue;
    Pointers& pointers = pointers_[index(operand)];
    pointers.fibers = static_cast<double>(model_.counter().whole_fibers(operand, stored.rows));
    pointers.bytes = stored.pointer_bits / 8.0;
    if (operand == MacOperand::kWeights) {
      pointers.cut_by = stored.rows ? ReuseClass::kWindows : ReuseClass::kFilters;
    } else if (operand == MacOperand::kOutputs) {
      pointers.cut_by = stored.rows ? ReuseClass::kFilters : ReuseClass::kPixels;
    } else if (!stored.rows && !brings_something) {
      pointers.cut_by.reset();  // a window that slides may bring nothing
    } else if (!stored.rows) {
      pointers.cut_by = ReuseClass::kPixels;
    }
  }
  sums_once_bytes_ = bytes(MacOperand::kOutputs, question.bits.accumulators);

  // Eight more make whole bytes of any width; a fraction of a byte is let go.
  constexpr std::int64_t kTimes = 8;
  const auto share = [](double more) { return more / static_cast<double>(kTimes); };
  once_ = work(MacOperand::kWeights, 1);
  energy_once_ = energy(once_);
  for (const MacOperand operand : models::kAllMacOperands) {
    TileWork& again = again_[index(operand)];
    again = work(operand, 1 + kTimes);
    again.dram = again.dram.less(once_.dram).divided_by(kTimes);
    again.buffer_pj = share(again.buffer_pj - once_.buffer_pj);
    again.decompression_cycles = share(again.decompression_cycles - once_.decompression_cycles);
    for (std::size_t b = 0; b < BufferBytes::kMostBuffers; ++b) {
      again.buffers.read[b] = share(again.buffers.read[b] - once_.buffers.read[b]);
      again.buffers.written[b] = share(again.buffers.written[b] - once_.buffers.written[b]);
    }
    energy_again_[index(operand)] = energy(again);
  }
}

double TileBounds::input_share(const DimArray& tile, ReuseClass reused) const {
  // Tiles may slide along one axis only: that which saves most.
  double share = 1;
  double most_saved = 1;
  for (std::size_t axis = 0; axis < models::kSlidingAxes.size(); ++axis) {
    const auto [output, kernel] = models::kSlidingAxes[axis];
    const std::size_t o = index(output);
    const std::size_t k = index(kernel);
    if (shape_.bounds[o] == 1 || shape_.bounds[k] == 1) continue;
    const auto share_of = [&](std::int64_t moved) {
      return static_cast<double>(moved) / static_cast<double>(axes_.touched(axis));
    };
    const double still = share_of(axes_.positions(axis, tile[o], tile[k]));
    double sliding = still;
    if (tile[o] < shape_.bounds[o] && reused != ReuseClass::kWindows) sliding = 1;
    if (tile[k] < shape_.bounds[k] && reused != ReuseClass::kPixels) {
      sliding = std::min(sliding, share_of(axes_.positions(axis, tile[o], shape_.bounds[k])));
    }
    share *= still;
    most_saved = std::max(most_saved, still / sliding);
  }
  return share / most_saved;
}

double TileBounds::pointer_bytes(MacOperand operand, const TileCounts& counts) const {
  const Pointers& pointers = pointers_[index(operand)];
  if (pointers.bytes == 0) return 0;
  const std::int64_t cuts = pointers.cut_by ? counts.by_class[index(*pointers.cut_by)] : 1;
  // One more for every tile; inputs may have tiles that bring nothing.
  const std::int64_t tiles = operand == MacOperand::kInputs && !pointers.cut_by
                                 ? 1
                                 : counts.all() / counts.by_class[index(reuse_class(operand))];
  return (pointers.fibers * static_cast<double>(cuts) + static_cast<double>(tiles)) *
         pointers.bytes;
}

DramTraffic TileBounds::per_tile_bytes(const TileCounts& counts, ReuseClass reused) const {
  const auto more_than = [&](MacOperand operand, double bytes, double pointers) {
    const std::int64_t tiles = counts.all() / counts.by_class[index(reuse_class(operand))];
    const double in_bursts = padded_.contains(operand) ? static_cast<double>(tiles) * burst_ : 0;
    return std::max(0.0, std::max(in_bursts, bytes + pointers) - bytes);
  };
  const auto times = [&](MacOperand operand) {
    if (!model_.storage().in_buffers.contains(operand)) return 1.0;
    const ReuseClass its = reuse_class(operand);
    return static_cast<double>(its == reused ? 1 : counts.by_class[index(its)]);
  };
  const auto whole = [](double bytes) { return base::Bytes(static_cast<std::int64_t>(bytes)); };
  const auto more_of = [&](MacOperand operand) {
    return more_than(operand, once_bytes_[index(operand)], pointer_bytes(operand, counts));
  };
  DramTraffic more;
  more.parameter_read = whole(more_of(MacOperand::kWeights) * times(MacOperand::kWeights));
  more.activation_read = whole(more_of(MacOperand::kInputs) * times(MacOperand::kInputs));
  more.activation_write = whole(more_of(MacOperand::kOutputs));
  if (padded_.contains(MacOperand::kOutputs)) {
    const double sums = more_than(MacOperand::kOutputs, sums_once_bytes_, 0);
    more.partial_sum_read = more.partial_sum_write =
        whole(sums * (times(MacOperand::kOutputs) - 1));
  }
  return more;
}

std::pair<double, double> TileBounds::end_tiles(const TileCounts& counts) const {
  const OperandResidency& resident = model_.question().resident;
  const OperandSet in_buffers = model_.storage().in_buffers;
  // The first tile is no smaller than the mean one.
  const auto mean = [&](MacOperand operand, bool is_resident) {
    if (is_resident || !in_buffers.contains(operand)) return 0.0;
    const std::int64_t tiles = counts.all() / counts.by_class[index(reuse_class(operand))];
    return once_bytes_[index(operand)] / static_cast<double>(tiles);
  };
  return {mean(MacOperand::kWeights, resident.weights) + mean(MacOperand::kInputs, resident.inputs),
          mean(MacOperand::kOutputs, resident.outputs)};
}

TileWork TileBounds::work(const TileCounts& counts, ReuseClass reused, double input_share) const {
  TileWork work = once_;
  work.tiles = counts.all();
  if (input_share > 1 && !model_.question().resident.inputs) {
    const TileWork& again = again_[index(MacOperand::kInputs)];
    const std::int64_t fetched =
        reused == ReuseClass::kFilters ? 1 : counts.by_class[index(ReuseClass::kFilters)];
    const double more = static_cast<double>(fetched) * (input_share - 1);
    work.buffer_pj += again.buffer_pj * more;
    work.buffers = work.buffers.plus(again.buffers, more);
    work.decompression_cycles += again.decompression_cycles * more;
    work.dram.activation_read += base::Bytes(
        static_cast<std::int64_t>(static_cast<double>(again.dram.activation_read.value()) * more));
  }
  for (const MacOperand operand : models::kAllMacOperands) {
    const ReuseClass its = reuse_class(operand);
    const std::int64_t more = its == reused ? 0 : counts.by_class[index(its)] - 1;
    if (more == 0) continue;
    work = work.plus(again_[index(operand)], more);
  }
  work.dram += per_tile_bytes(counts, reused);
  const auto [first, last] = end_tiles(counts);
  work.first_fill = base::Bytes(static_cast<std::int64_t>(first));
  work.last_drain = base::Bytes(static_cast<std::int64_t>(last));
  return work;
}

EnergyAndTraffic TileBounds::energy(const TileCounts& counts, ReuseClass reused,
                                    double input_share) const {
  EnergyAndTraffic sum = energy_once_;
  for (const MacOperand operand : models::kAllMacOperands) {
    const ReuseClass its = reuse_class(operand);
    double times = static_cast<double>(its == reused ? 1 : counts.by_class[index(its)]);
    if (operand == MacOperand::kInputs) times *= input_share;
    sum.energy += (times - 1) * energy_again_[index(operand)].energy;
    sum.dram_bytes += (times - 1) * energy_again_[index(operand)].dram_bytes;
  }
  const DramTraffic padding = per_tile_bytes(counts, reused);
  const auto padded = static_cast<double>((padding.read() + padding.write()).value());
  sum.energy += padded * model_.dram_energy_per_byte();
  sum.dram_bytes += padded;
  const auto [first, last] = end_tiles(counts);
  sum.ends = first + last;
  return sum;
}

}  // namespace mensa::accelerators
