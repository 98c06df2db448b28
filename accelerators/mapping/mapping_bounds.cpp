#include "accelerators/mapping/mapping_bounds.h"

#include <algorithm>

namespace mensa::accelerators {

using models::Dim;
using models::DimArray;
using models::index;
using models::MacOperand;

/// Iterations over one class of loops: of array passes, of PE tiles (all, or those of one pass), of
/// cycles, and of MACs.
struct MappingBounds::ClassLoops {
  std::int64_t passes = 1;
  std::int64_t most_tiles = 1;
  std::int64_t pe_tiles = 1;
  std::int64_t pe_tiles_of_a_pass = 1;
  std::int64_t cycles = 1;
  std::int64_t macs = 1;
};

struct MappingBounds::ArrayLoops {
  std::array<ClassLoops, kReuseClasses.size()> by_class;
  ClassLoops groups;  ///< over G
  bool of_any_array = false;
};

MappingBounds::MappingBounds(const MacCostModel& model)
    : model_(model), shape_(model.question().shape) {
  for (const Dim dim : models::kAllDims) {
    if (shape_.bound(dim) > 1) walked_dims_.push_back(dim);
  }
  for (const MacOperand operand : models::kAllMacOperands) {
    whole_[index(operand)] = model.counter().whole_elements(operand);
  }
  prepare_axes();
  prepare_tiles();
}

void MappingBounds::prepare_axes() {
  const SlidingAxes& axes = model_.counter().axes();
  for (std::size_t axis = 0; axis < models::kSlidingAxes.size(); ++axis) {
    const auto [output, kernel] = models::kSlidingAxes[axis];
    const std::int64_t outputs = shape_.bound(output);
    const std::int64_t kernels = shape_.bound(kernel);
    touched_[axis] = axes.touched(axis, 0, outputs, 0, kernels);
    pairs_[axis] = axes.real_pairs(axis);
    if (outputs == 1 || kernels == 1) continue;
    // Where neither side is clipped, neighbouring outputs share `inner` positions. Padding takes
    // most away at the ends, so no two neighbours lose more than the first two and the last two do
    // together; the same holds for the positions of one kernel index.
    const auto shared = [&](std::int64_t first) {
      return axes.touched(axis, first, 1, 0, kernels) +
             axes.touched(axis, first + 1, 1, 0, kernels) -
             axes.touched(axis, first, 2, 0, kernels);
    };
    const std::int64_t stride = shape_.stride[axis];
    const std::int64_t dilation = shape_.dilation[axis];
    const std::int64_t inner =
        stride % dilation == 0 ? std::max<std::int64_t>(0, kernels - stride / dilation) : 0;
    overlap_[axis] = std::max<std::int64_t>(0, shared(0) + shared(outputs - 2) - inner);
    of_a_kernel_index_[axis] =
        std::max<std::int64_t>(0, axes.touched(axis, 0, outputs, 0, 1) +
                                      axes.touched(axis, 0, outputs, kernels - 1, 1) - outputs);
  }
}

void MappingBounds::prepare_tiles() {
  // Work with one operand moved `times` times, and all others once.
  const auto work = [&](MacOperand repeated, std::int64_t times) {
    AccessCounts counts;
    counts.tiles = 1;
    for (const MacOperand operand : models::kAllMacOperands) {
      if (!model_.storage().in_buffers.contains(operand)) continue;
      const std::int64_t whole = whole_[index(operand)];
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
        brings_something && shape_.bound(kernel) == 1 && pairs_[axis] == shape_.bound(output);
  }
  pads(MacOperand::kInputs, question.resident.inputs || !brings_something);
  burst_ = static_cast<double>(model_.burst().value());
  const std::array<int, models::kMacOperandCount> bits = {
      question.bits.weights, question.bits.inputs, question.bits.outputs};
  const auto bytes = [&](MacOperand operand, int width) {
    return static_cast<double>(whole_[index(operand)]) * width / 8.0;
  };
  for (const MacOperand operand : models::kAllMacOperands) {
    once_bytes_[index(operand)] = bytes(operand, bits[index(operand)]);
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
    for (std::size_t b = 0; b < BufferBytes::kMostBuffers; ++b) {
      again.buffers.read[b] = share(again.buffers.read[b] - once_.buffers.read[b]);
      again.buffers.written[b] = share(again.buffers.written[b] - once_.buffers.written[b]);
    }
    energy_again_[index(operand)] = energy(again);
  }
}

std::int64_t MappingBounds::positions(std::size_t axis, std::int64_t output_step,
                                      std::int64_t kernel_step) const {
  const auto [output, kernel] = models::kSlidingAxes[axis];
  const std::int64_t kernels = shape_.bound(kernel);
  if (kernel_step >= kernels) {
    // Every cut between tiles doubles at least what two neighbouring outputs share.
    const std::int64_t tiles = base::ceil_div(shape_.bound(output), output_step);
    return touched_[axis] + (tiles - 1) * overlap_[axis];
  }
  if (kernel_step == 1) return pairs_[axis];  // nothing overlaps
  return std::max(touched_[axis], base::ceil_div(kernels, kernel_step) * of_a_kernel_index_[axis]);
}

std::int64_t MappingBounds::least_positions(bool of_every_mac) const {
  const auto& by_axis = of_every_mac ? pairs_ : touched_;
  return by_axis[0] * by_axis[1] * by_axis[2];
}

std::int64_t MappingBounds::input_positions(const ArrayMapping& mapping, ReuseClass reused,
                                            bool at_macs, bool shared) const {
  const auto& kept = mapping.register_tile;
  // Tiles slide along one axis at the most: that which saves most.
  std::int64_t product = 1;
  std::int64_t whole = 1;
  std::int64_t part = 1;
  for (std::size_t axis = 0; axis < models::kSlidingAxes.size(); ++axis) {
    const auto [output, kernel] = models::kSlidingAxes[axis];
    const std::size_t o = index(output);
    const std::size_t k = index(kernel);
    if (mapping.grouped() || (at_macs && (!shared || kept[o] > 1 || kept[k] > 1))) {
      product *= pairs_[axis];
      continue;
    }
    if (shape_.bounds[o] == 1 || shape_.bounds[k] == 1) {
      product *= touched_[axis];
      continue;
    }
    const std::int64_t output_step = shared ? mapping.pass_extent(output) : kept[o];
    const std::int64_t kernel_step = shared ? mapping.pass_extent(kernel) : kept[k];
    const std::int64_t still = positions(axis, output_step, kernel_step);
    product *= still;
    if (at_macs || mapping.row_unroll[o] * mapping.column_unroll[o] * mapping.row_unroll[k] *
                           mapping.column_unroll[k] >
                       1) {
      continue;
    }
    // With windows innermost they slide along kernel indices, so that these count as whole; else
    // perhaps along outputs.
    const std::int64_t sliding =
        reused == ReuseClass::kWindows
            ? std::min(still, positions(axis, output_step, shape_.bounds[k]))
            : touched_[axis];
    if (sliding > 0 && still * part > whole * sliding) {
      whole = still;
      part = sliding;
    }
  }
  return product / whole * part;
}

MappingBounds::ArrayLoops MappingBounds::array_loops(const ArrayMapping& mapping) const {
  ArrayLoops loops;
  const auto loops_of = [&](Dim dim) -> ClassLoops& {
    return dim == Dim::G ? loops.groups : loops.by_class[index(class_of(dim))];
  };
  for (const Dim dim : walked_dims_) {
    if (mapping.groups[0].dims.contains(dim) || mapping.groups[1].dims.contains(dim)) continue;
    const std::size_t d = index(dim);
    const std::int64_t bound = shape_.bounds[d];
    const std::int64_t kept = mapping.register_tile[d];
    const std::int64_t pass = mapping.pass_extent(dim);
    const std::int64_t whole = bound / pass;
    const std::int64_t rest = bound % pass;
    const std::int64_t first = std::min(bound, pass);
    ClassLoops& loop = loops_of(dim);
    loop.passes *= whole + (rest > 0 ? 1 : 0);
    loop.most_tiles *= whole + (rest > 0 ? 1 : 0);
    loop.cycles *= whole * kept + std::min(rest, kept);
    loop.pe_tiles *= kept == 1 ? bound : base::ceil_div(bound, kept);
    loop.pe_tiles_of_a_pass *= kept == 1 ? first : base::ceil_div(first, kept);
    loop.macs *= bound;
  }
  for (const GroupUnroll& group : mapping.groups) {
    if (group.dims.empty()) continue;
    std::int64_t positions = 1;
    Dim member = Dim::G;
    for (const Dim dim : models::kAllDims) {
      if (!group.dims.contains(dim)) continue;
      positions *= shape_.bound(dim);
      member = dim;
    }
    ClassLoops& loop = loops_of(member);
    const std::int64_t passes = base::ceil_div(positions, group.factor);
    loop.passes *= passes;
    loop.most_tiles *= positions;
    loop.cycles *= passes;
    loop.pe_tiles *= positions;  // of a pass: at least one
    loop.macs *= positions;
  }
  return loops;
}

AccessCounts MappingBounds::array_counts(const ArrayMapping& mapping, const ArrayLoops& loops,
                                         ReuseClass reused, std::int64_t times) const {
  const StorageView& storage = model_.storage();
  AccessCounts counts;
  counts.array_cycles = loops.groups.cycles;
  counts.folds = loops.groups.passes;
  for (const ReuseClass reuse : kReuseClasses) {
    const ClassLoops& loop = loops.by_class[index(reuse)];
    counts.array_cycles *= loop.cycles;
    const bool stays = reuse == reused && reuse == reuse_class(storage.stationary);
    counts.folds *= stays ? times : loop.passes;
  }

  for (const MacOperand operand : models::kAllMacOperands) {
    const std::size_t o = index(operand);
    const ClassLoops& loop = loops.by_class[index(reuse_class(operand))];
    const bool stays = reuse_class(operand) == reused;
    const bool in_registers = storage.in_registers.contains(operand);
    const Level above = storage.in_buffers.contains(operand) ? Level::kBuffers : Level::kDram;
    const auto moved = [&](bool at_macs, bool shared) {
      const std::int64_t base =
          operand == MacOperand::kInputs
              ? shape_.bound(Dim::G) * shape_.bound(Dim::N) * shape_.bound(Dim::C) *
                    (loops.of_any_array ? least_positions(at_macs && !shared)
                                        : input_positions(mapping, reused, at_macs, shared))
              : whole_[o];
      if (at_macs) return base * (shared ? loop.cycles : loop.macs);
      if (shared) return base * (stays ? times : loop.passes);
      return base * (stays ? loop.pe_tiles_of_a_pass * times : loop.pe_tiles);
    };
    const std::int64_t at_pes = moved(!in_registers, false);
    const std::int64_t sent =
        storage.movement[o] == Movement::kUnicast ? at_pes : moved(!in_registers, true);
    counts.deliveries[o] = at_pes;
    OperandCounts& outer = counts.levels[index(above)][o];
    OperandCounts& registers = counts.levels[index(Level::kRegisters)][o];
    if (operand != MacOperand::kOutputs) {
      outer.reads = sent;
      if (in_registers) {
        registers.fills = at_pes;
        registers.reads = moved(true, false);
      }
      continue;
    }
    outer.updates = sent;
    outer.reads = sent - whole_[o];
    // Reads, fills, updates and drains of the registers together: each MAC reads and updates, but
    // sums that start there are not read; each sum sent up, and each read back, moves once more.
    if (in_registers) registers.reads = 2 * moved(true, false) + 2 * (sent - whole_[o]);
  }
  return counts;
}

ArrayBound MappingBounds::array(const ArrayMapping& mapping) const {
  const ArrayLoops loops = array_loops(mapping);
  ArrayBound bound;
  bound.group_passes = loops.groups.passes;
  const bool single_pass = std::all_of(loops.by_class.begin(), loops.by_class.end(),
                                       [](const ClassLoops& loop) { return loop.most_tiles == 1; });
  for (const ReuseClass reused : kReuseClasses) {
    bound.passes[index(reused)] = loops.by_class[index(reused)].passes;
    bound.most_tiles[index(reused)] = loops.by_class[index(reused)].most_tiles;
    bound.possible[index(reused)] =
        single_pass ? reused == kReuseClasses.front() : bound.most_tiles[index(reused)] > 1;
    if (!bound.possible[index(reused)]) continue;
    ArrayWork& work = bound.by_class[index(reused)];
    work = model_.array_work(array_counts(mapping, loops, reused, 1));
    bound.again[index(reused)] =
        model_.array_work(array_counts(mapping, loops, reused, 2)).plus(work, -1);
  }
  return bound;
}

ArrayWork MappingBounds::any_array() const {
  ArrayLoops loops;
  loops.of_any_array = true;
  for (const Dim dim : walked_dims_) {
    (dim == Dim::G ? loops.groups : loops.by_class[index(class_of(dim))]).macs *= shape_.bound(dim);
  }
  ArrayWork least;
  for (const ReuseClass reused : kReuseClasses) {
    const ArrayWork work = model_.array_work(array_counts({}, loops, reused, 1));
    least = reused == kReuseClasses.front() ? work : least.at_most(work);
  }
  least.compute_cycles = 0;
  return least;
}

std::int64_t MappingBounds::array_cycles(const ArrayMapping& mapping) const {
  const ArrayLoops loops = array_loops(mapping);
  std::int64_t cycles = loops.groups.cycles;
  for (const ClassLoops& loop : loops.by_class) cycles *= loop.cycles;
  return cycles;
}

std::int64_t MappingBounds::array_cycles(const ArrayMapping& mapping, const DimArray& tile) const {
  if (mapping.grouped()) return array_cycles(mapping);
  std::int64_t product = 1;
  for (const Dim dim : walked_dims_) {
    const std::size_t d = index(dim);
    const std::int64_t kept = mapping.register_tile[d];
    const std::int64_t pass = mapping.pass_extent(dim);
    const auto cycles = [&](std::int64_t extent) {
      return extent / pass * kept + std::min(extent % pass, kept);
    };
    const std::int64_t bound = shape_.bounds[d];
    const std::int64_t rest = bound % tile[d];
    product *= bound / tile[d] * cycles(tile[d]) + (rest > 0 ? cycles(rest) : 0);
  }
  return product;
}

bool ArrayBound::may_stay(const TileCounts& counts, ReuseClass reused) const {
  bool enough = counts.groups >= group_passes;
  for (const ReuseClass reuse : kReuseClasses) {
    enough = enough && (reuse == reused || counts.by_class[index(reuse)] >= passes[index(reuse)]);
  }
  return enough;
}

ArrayWork ArrayBound::under(const TileCounts& counts, std::optional<ReuseClass> staying) const {
  ArrayWork least;
  bool first = true;
  for (const ReuseClass reuse : kReuseClasses) {
    const std::size_t c = index(reuse);
    if (!possible[c]) continue;
    const std::int64_t more = reuse == staying ? 0 : counts.by_class[c] - 1;
    const ArrayWork work = more == 0 ? by_class[c] : by_class[c].plus(again[c], more);
    least = first ? work : least.at_most(work);
    first = false;
  }
  return least;
}

ArrayWork ArrayBound::least() const { return under({}, std::nullopt); }

ArrayBound ArrayBound::at_most(const ArrayBound& other) const {
  ArrayBound least;
  for (std::size_t c = 0; c < kReuseClasses.size(); ++c) {
    const ArrayBound& one = possible[c] ? *this : other;
    const ArrayBound& two = other.possible[c] ? other : *this;
    least.possible[c] = possible[c] || other.possible[c];
    least.by_class[c] = one.by_class[c].at_most(two.by_class[c]);
    least.again[c] = one.again[c].at_most(two.again[c]);
    least.passes[c] = std::min(passes[c], other.passes[c]);
    least.most_tiles[c] = std::max(most_tiles[c], other.most_tiles[c]);
  }
  least.group_passes = std::min(group_passes, other.group_passes);
  return least;
}

double MappingBounds::input_share(const DimArray& tile, ReuseClass reused) const {
  // Tiles may slide along one axis only: that which saves most.
  double share = 1;
  double most_saved = 1;
  for (std::size_t axis = 0; axis < models::kSlidingAxes.size(); ++axis) {
    const auto [output, kernel] = models::kSlidingAxes[axis];
    const std::size_t o = index(output);
    const std::size_t k = index(kernel);
    if (shape_.bounds[o] == 1 || shape_.bounds[k] == 1) continue;
    const auto share_of = [&](std::int64_t moved) {
      return static_cast<double>(moved) / static_cast<double>(touched_[axis]);
    };
    const double still = share_of(positions(axis, tile[o], tile[k]));
    double sliding = still;
    if (tile[o] < shape_.bounds[o] && reused != ReuseClass::kWindows) sliding = 1;
    if (tile[k] < shape_.bounds[k] && reused != ReuseClass::kPixels) {
      sliding = std::min(sliding, share_of(positions(axis, tile[o], shape_.bounds[k])));
    }
    share *= still;
    most_saved = std::max(most_saved, still / sliding);
  }
  return share / most_saved;
}

DramTraffic MappingBounds::burst_padding(const TileCounts& counts, ReuseClass reused) const {
  const auto padding = [&](MacOperand operand, double bytes) {
    const std::int64_t tiles = counts.all() / counts.by_class[index(reuse_class(operand))];
    return std::max(0.0, static_cast<double>(tiles) * burst_ - bytes);
  };
  const auto times = [&](MacOperand operand) {
    const ReuseClass its = reuse_class(operand);
    return static_cast<double>(its == reused ? 1 : counts.by_class[index(its)]);
  };
  const auto whole = [](double bytes) { return base::Bytes(static_cast<std::int64_t>(bytes)); };
  DramTraffic more;
  if (padded_.contains(MacOperand::kWeights)) {
    const double once = padding(MacOperand::kWeights, once_bytes_[index(MacOperand::kWeights)]);
    more.parameter_read = whole(once * times(MacOperand::kWeights));
  }
  if (padded_.contains(MacOperand::kInputs)) {
    const double once = padding(MacOperand::kInputs, once_bytes_[index(MacOperand::kInputs)]);
    more.activation_read = whole(once * times(MacOperand::kInputs));
  }
  if (padded_.contains(MacOperand::kOutputs)) {
    more.activation_write =
        whole(padding(MacOperand::kOutputs, once_bytes_[index(MacOperand::kOutputs)]));
    const double sums = padding(MacOperand::kOutputs, sums_once_bytes_);
    more.partial_sum_read = more.partial_sum_write =
        whole(sums * (times(MacOperand::kOutputs) - 1));
  }
  return more;
}

std::pair<double, double> MappingBounds::end_tiles(const TileCounts& counts) const {
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

TileWork MappingBounds::tiles(const TileCounts& counts, ReuseClass reused,
                              double input_share) const {
  TileWork work = once_;
  work.tiles = counts.all();
  if (input_share > 1 && !model_.question().resident.inputs) {
    const TileWork& again = again_[index(MacOperand::kInputs)];
    const std::int64_t fetched =
        reused == ReuseClass::kFilters ? 1 : counts.by_class[index(ReuseClass::kFilters)];
    const double more = static_cast<double>(fetched) * (input_share - 1);
    work.buffer_pj += again.buffer_pj * more;
    work.buffers = work.buffers.plus(again.buffers, more);
    work.dram.activation_read += base::Bytes(
        static_cast<std::int64_t>(static_cast<double>(again.dram.activation_read.value()) * more));
  }
  for (const MacOperand operand : models::kAllMacOperands) {
    const ReuseClass its = reuse_class(operand);
    const std::int64_t more = its == reused ? 0 : counts.by_class[index(its)] - 1;
    if (more == 0) continue;
    work = work.plus(again_[index(operand)], more);
  }
  work.dram += burst_padding(counts, reused);
  const auto [first, last] = end_tiles(counts);
  work.first_fill = base::Bytes(static_cast<std::int64_t>(first));
  work.last_drain = base::Bytes(static_cast<std::int64_t>(last));
  return work;
}

EnergyAndTraffic MappingBounds::tile_energy(const TileCounts& counts, ReuseClass reused,
                                            double input_share) const {
  EnergyAndTraffic sum = energy_once_;
  for (const MacOperand operand : models::kAllMacOperands) {
    const ReuseClass its = reuse_class(operand);
    double times = static_cast<double>(its == reused ? 1 : counts.by_class[index(its)]);
    if (operand == MacOperand::kInputs) times *= input_share;
    sum.energy += (times - 1) * energy_again_[index(operand)].energy;
    sum.dram_bytes += (times - 1) * energy_again_[index(operand)].dram_bytes;
  }
  const DramTraffic padding = burst_padding(counts, reused);
  const auto padded = static_cast<double>((padding.read() + padding.write()).value());
  sum.energy += padded * model_.dram_energy_per_byte();
  sum.dram_bytes += padded;
  const auto [first, last] = end_tiles(counts);
  sum.ends = first + last;
  return sum;
}

}  // namespace mensa::accelerators
