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

  /// ArrayBound::possible.
  [[nodiscard]] std::array<bool, kReuseClasses.size()> possible() const {
    std::array<bool, kReuseClasses.size()> walks{};
    for (std::size_t c = 0; c < walks.size(); ++c) walks[c] = by_class[c].most_tiles > 1;
    const bool none = std::find(walks.begin(), walks.end(), true) == walks.end();
    return none ? ArrayBound().possible : walks;
  }
};

MappingBounds::MappingBounds(const MacCostModel& model)
    : model_(model),
      shape_(model.question().shape),
      axes_(model.counter().axes(), shape_),
      tiles_(model, axes_) {
  for (const Dim dim : models::kAllDims) {
    if (shape_.bound(dim) > 1) walked_dims_.push_back(dim);
  }
  for (const MacOperand operand : models::kAllMacOperands) {
    whole_[index(operand)] = model.counter().whole_elements(operand);
  }
}

std::int64_t MappingBounds::least_positions(bool of_every_mac) const {
  std::int64_t product = 1;
  for (std::size_t axis = 0; axis < models::kSlidingAxes.size(); ++axis) {
    product *= of_every_mac ? axes_.pairs(axis) : axes_.touched(axis);
  }
  return product;
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
      product *= axes_.pairs(axis);
      continue;
    }
    if (shape_.bounds[o] == 1 || shape_.bounds[k] == 1) {
      product *= axes_.touched(axis);
      continue;
    }
    const std::int64_t output_step = shared ? mapping.pass_extent(output) : kept[o];
    const std::int64_t kernel_step = shared ? mapping.pass_extent(kernel) : kept[k];
    const std::int64_t still = axes_.positions(axis, output_step, kernel_step);
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
            ? std::min(still, axes_.positions(axis, output_step, shape_.bounds[k]))
            : axes_.touched(axis);
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

double MappingBounds::imbalance(const ArrayMapping& mapping) const {
  if (!model_.sparse().skips_any()) return 1;
  Mapping whole;
  mapping.apply_to(whole);
  return model_.imbalance(whole);
}

ArrayWork MappingBounds::least_array(const ArrayMapping& mapping) const {
  const ArrayLoops loops = array_loops(mapping);
  const auto possible = loops.possible();
  const double slowness = imbalance(mapping);
  std::optional<ArrayWork> least;
  for (const ReuseClass reused : kReuseClasses) {
    if (!possible[index(reused)]) continue;
    AccessCounts once = array_counts(mapping, loops, reused, 1);
    once.imbalance = slowness;
    const ArrayWork work = model_.array_work(once);
    least = least ? least->at_most(work) : work;
  }
  return *least;
}

ArrayBound MappingBounds::array(const ArrayMapping& mapping) const {
  const ArrayLoops loops = array_loops(mapping);
  ArrayBound bound;
  bound.imbalance = imbalance(mapping);
  bound.group_passes = loops.groups.passes;
  bound.possible = loops.possible();
  for (const ReuseClass reused : kReuseClasses) {
    bound.passes[index(reused)] = loops.by_class[index(reused)].passes;
    bound.most_tiles[index(reused)] = loops.by_class[index(reused)].most_tiles;
    if (!bound.possible[index(reused)]) continue;
    ArrayWork& work = bound.by_class[index(reused)];
    AccessCounts once = array_counts(mapping, loops, reused, 1);
    AccessCounts twice = array_counts(mapping, loops, reused, 2);
    for (const MacOperand operand : models::kAllMacOperands) {
      twice.linear_from[index(operand)] = once.at(Level::kBuffers, operand).reads;
    }
    once.imbalance = twice.imbalance = bound.imbalance;
    work = model_.array_work(once);
    bound.again[index(reused)] = model_.array_work(twice).plus(work, -1);
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
  least.imbalance = std::min(imbalance, other.imbalance);
  least.group_passes = std::min(group_passes, other.group_passes);
  return least;
}

}  // namespace mensa::accelerators
