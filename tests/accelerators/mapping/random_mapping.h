#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <random>
#include <unordered_map>
#include <utility>
#include <vector>

#include "accelerators/mapping/searches.h"

namespace mensa::accelerators::test {

/// The question of a layer alone at the accelerator's native widths: nothing resident, no tail.
inline MacQuestion native_question(const models::ProblemShape& shape,
                                   const Accelerator& accelerator) {
  const Precision& native = accelerator.native_precision();
  MacQuestion question;
  question.shape = shape;
  question.bits = {native.factors.weights.bits, native.factors.activations.bits,
                   native.factors.activations.bits, native.accumulators.bits};
  return question;
}

/// Draws mappings from the map space of a question on an accelerator (docs/cost-model.md), each
/// choice evenly among those that the choices before it leave. All are legal and fit the registers,
/// unless nothing does; whether the buffers hold them is for the cost model to say. The same seed
/// draws the same mappings on every platform. Holds a reference to `model`.
class RandomMappings {
 public:
  RandomMappings(const MacCostModel& model, std::uint64_t seed)
      : model_(model),
        shape_(model.question().shape),
        accelerator_(model.accelerator()),
        engine_(seed),
        blocks_(array_blocks(accelerator_.dataflow)) {}

  [[nodiscard]] Mapping next() {
    Mapping mapping = untiled_mapping(shape_);
    const Dataflow& dataflow = accelerator_.dataflow;
    array_ = {};
    unroll_axis(0, dataflow.row_dims, dataflow.row_groups, accelerator_.rows);
    unroll_axis(1, dataflow.column_dims, dataflow.column_groups, accelerator_.columns);
    array_.apply_to(mapping);
    draw_registers(mapping);
    array_.register_tile = mapping.at(Level::kRegisters).tile;
    for (const models::Dim dim : models::kAllDims) {
      const std::int64_t least = least_tile(array_, shape_, dim);
      const auto& sizes = sizes_of(shape_.bound(dim));
      const auto end = std::partition_point(sizes.begin(), sizes.end(),
                                            [&](std::int64_t size) { return size >= least; });
      mapping.at(Level::kBuffers).tile[models::index(dim)] =
          sizes[below(static_cast<std::size_t>(end - sizes.begin()))];
    }
    mapping.at(Level::kDram).order = draw_order(free_blocks());
    mapping.at(Level::kBuffers).order = draw_order(blocks_);
    return mapping;
  }

 private:
  /// A number in [0, count). The standard library's distributions differ between platforms.
  std::size_t below(std::size_t count) { return count < 2 ? 0 : engine_() % count; }

  template <class Container>
  void shuffle(Container& values, std::size_t begin, std::size_t end) {
    for (std::size_t i = end; i > begin + 1; --i) {
      std::swap(values[i - 1], values[begin + below(i - begin)]);
    }
  }

  const std::vector<std::int64_t>& sizes_of(std::int64_t bound) {
    auto& known = sizes_[bound];
    if (known.empty()) known = tile_sizes(bound);
    return known;
  }

  /// Iterations that the unrolling so far leaves; 1 within a group.
  [[nodiscard]] std::int64_t left(models::Dim dim) const {
    if (array_.groups[0].dims.contains(dim) || array_.groups[1].dims.contains(dim)) return 1;
    const std::size_t d = models::index(dim);
    return base::ceil_div(shape_.bounds[d], array_.row_unroll[d] * array_.column_unroll[d]);
  }

  /// One of the groups as far as it unrolls, or dimensions by themselves.
  void unroll_axis(std::size_t axis, const std::vector<models::Dim>& dims,
                   const std::vector<models::DimSet>& groups, std::int64_t side) {
    const std::size_t choice = below(groups.size() + 1);
    if (choice < groups.size() && unroll_group(axis, groups[choice], side)) return;
    dims_ = dims;
    shuffle(dims_, 0, dims_.size());
    std::int64_t room = side;
    for (const models::Dim dim : dims_) {
      const auto& sizes = sizes_of(left(dim));
      const auto fitting = std::partition_point(sizes.begin(), sizes.end(),
                                                [&](std::int64_t size) { return size > room; });
      const auto skipped = static_cast<std::size_t>(fitting - sizes.begin());
      const std::int64_t factor = sizes[skipped + below(sizes.size() - skipped)];
      (axis == 0 ? array_.row_unroll : array_.column_unroll)[models::index(dim)] = factor;
      room /= factor;
    }
  }

  /// False where an axis already takes one of its dimensions, or there is nothing to unroll.
  bool unroll_group(std::size_t axis, models::DimSet dims, std::int64_t side) {
    std::int64_t positions = 1;
    for (const models::Dim dim : models::kAllDims) {
      if (!dims.contains(dim)) continue;
      const bool taken =
          array_.row_unroll[models::index(dim)] > 1 || array_.groups[0].dims.contains(dim);
      if (taken) return false;
      positions *= shape_.bound(dim);
    }
    if (positions == 1) return false;
    array_.groups[axis] = {dims, std::min(positions, side)};
    return true;
  }

  /// Register tiles of one dimension after another, each drawn smaller until the registers hold it.
  void draw_registers(Mapping& mapping) {
    dims_ = accelerator_.dataflow.register_dims;
    shuffle(dims_, 0, dims_.size());
    for (const models::Dim dim : dims_) {
      const auto& sizes = sizes_of(left(dim));
      std::int64_t& extent = mapping.at(Level::kRegisters).tile[models::index(dim)];
      for (std::size_t at = below(sizes.size());; at += 1 + below(sizes.size() - at - 1)) {
        extent = sizes[at];
        if (extent == 1 || model_.fits_registers(mapping)) break;
      }
    }
  }

  LoopOrder draw_order(const LoopBlocks& blocks) {
    LoopOrder order{};
    std::size_t position = 0;
    for (const models::DimSet block : blocks) {
      const std::size_t begin = position;
      for (const models::Dim dim : models::kAllDims) {
        if (block.contains(dim)) order[position++] = dim;
      }
      shuffle(order, begin, position);
    }
    return order;
  }

  const MacCostModel& model_;
  const models::ProblemShape& shape_;
  const Accelerator& accelerator_;
  std::mt19937_64 engine_;
  LoopBlocks blocks_;
  ArrayMapping array_;
  std::vector<models::Dim> dims_;
  std::unordered_map<std::int64_t, std::vector<std::int64_t>> sizes_;
};

/// The least of each objective over some mappings, each for itself; infinite where none fits.
struct LeastCosts {
  double cycles = std::numeric_limits<double>::infinity();
  double energy = std::numeric_limits<double>::infinity();   ///< pJ
  double product = std::numeric_limits<double>::infinity();  ///< energy x cycles
  std::int64_t fitted = 0;                                   ///< mappings added

  void add(TimeAndEnergy cost) {
    const auto time = static_cast<double>(cost.cycles);
    cycles = std::min(cycles, time);
    energy = std::min(energy, cost.energy);
    product = std::min(product, cost.energy * time);
    ++fitted;
  }
};

inline LeastCosts least_costs(const ParetoMappings& mappings) {
  LeastCosts least;
  for (const MappedCost& entry : mappings) {
    least.add({entry.cost.cycles.value(), entry.cost.energy.total().value()});
  }
  return least;
}

/// Of `count` random mappings of the model's question.
inline LeastCosts least_random_costs(MacCostModel& model, std::int64_t count, std::uint64_t seed) {
  RandomMappings random(model, seed);
  LeastCosts least;
  for (std::int64_t i = 0; i < count; ++i) {
    if (const auto cost = model.quick(random.next())) least.add(*cost);
  }
  return least;
}

}  // namespace mensa::accelerators::test
