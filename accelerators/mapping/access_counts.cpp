#include "accelerators/mapping/access_counts.h"

#include <algorithm>
#include <utility>

namespace mensa::accelerators {

using models::Dim;
using models::DimArray;
using models::index;
using models::MacOperand;

namespace {

constexpr std::size_t kMacLevel = kLevelCount;  // below the registers: single MACs

/// Sum of visit(positions in the tile) over the DRAM tiles of a group; dimensions whose DRAM loops
/// `is_counted` denies contribute their first tile only.
template <class IsCounted, class Visit>
std::int64_t over_group_tiles(const Mapping& mapping, const models::ProblemShape& shape,
                              const GroupUnroll& group, IsCounted&& is_counted, Visit&& visit) {
  std::vector<std::pair<std::int64_t, std::int64_t>> kinds = {{1, 1}};  // (times, positions)
  for (const Dim dim : models::kAllDims) {
    if (!group.dims.contains(dim)) continue;
    const std::int64_t bound = shape.bound(dim);
    const std::int64_t tile = mapping.at(Level::kBuffers).tile[index(dim)];
    std::vector<std::pair<std::int64_t, std::int64_t>> next;
    for (const auto& [times, positions] : kinds) {
      if (!is_counted(dim)) {
        next.emplace_back(times, positions * std::min(bound, tile));
        continue;
      }
      next.emplace_back(times * (bound / tile), positions * tile);
      if (bound % tile > 0) next.emplace_back(times, positions * (bound % tile));
    }
    kinds = std::move(next);
  }
  std::int64_t sum = 0;
  for (const auto& [times, positions] : kinds) sum += times * visit(positions);
  return sum;
}

}  // namespace

StorageView storage_view(const Accelerator& accelerator) {
  StorageView view;
  view.stationary = accelerator.dataflow.stationary;
  view.movement = accelerator.dataflow.movement;
  for (const MacOperand operand : models::kAllMacOperands) {
    if (accelerator.buffer_of(operand) != nullptr) view.in_buffers.insert(operand);
    if (accelerator.registers.capacity[index(operand)].value() > 0) {
      view.in_registers.insert(operand);
    }
  }
  return view;
}

bool is_along_fibers(MacOperand operand, Dim dim, bool rows) {
  // Of weights and outputs the dimensions of the output channels, of inputs those of the input
  // channels; G tells apart whatever runs along the others.
  switch (operand) {
    case MacOperand::kWeights:
      return rows ? models::kWindowDims.contains(dim) : dim == Dim::K;
    case MacOperand::kInputs:
      return rows ? dim == Dim::C : dim != Dim::C && dim != Dim::G;
    case MacOperand::kOutputs:
      return rows ? dim == Dim::K : dim != Dim::K && dim != Dim::G;
  }
  return false;
}

AccessCounter::AccessCounter(const models::ProblemShape& shape, const StorageView& storage,
                             InputPositions positions, std::optional<DramFormat> format)
    : shape_(shape), storage_(storage), axes_(shape, positions), format_(format) {
  for (const MacOperand operand : models::kAllMacOperands) {
    whole_elements_[index(operand)] = shape.elements(operand);
  }
  whole_elements_[index(MacOperand::kInputs)] = shape.bound(Dim::G) * shape.bound(Dim::N) *
                                                shape.bound(Dim::C) * axes_.whole(0) *
                                                axes_.whole(1) * axes_.whole(2);
  for (const Dim dim : models::kAllDims) {
    if (shape.bound(dim) > 1) walked_dims_.push_back(dim);
  }
}

std::int64_t AccessCounter::tile_elements(MacOperand operand, const DimArray& extents) const {
  const auto product_of = [&](auto... dims) { return (extents[index(dims)] * ...); };
  if (operand == MacOperand::kWeights) {
    return product_of(Dim::G, Dim::K, Dim::C, Dim::T, Dim::R, Dim::S);
  }
  if (operand == MacOperand::kOutputs) {
    return product_of(Dim::G, Dim::N, Dim::K, Dim::D, Dim::P, Dim::Q);
  }
  std::int64_t product = product_of(Dim::G, Dim::N, Dim::C);
  for (std::size_t axis = 0; axis < models::kSlidingAxes.size(); ++axis) {
    const auto [output, kernel] = models::kSlidingAxes[axis];
    product *= axes_.most_of_a_tile(axis, extents[index(output)], extents[index(kernel)]);
  }
  return product;
}

std::int64_t AccessCounter::tile_fibers(MacOperand operand, const DimArray& extents,
                                        bool rows) const {
  std::int64_t product = 1;
  for (const Dim dim : models::kAllDims) {
    const bool is_position =
        operand == MacOperand::kInputs && dim != Dim::G && dim != Dim::N && dim != Dim::C;
    if (models::is_relevant(operand, dim) && !is_position && !is_along_fibers(operand, dim, rows)) {
      product *= extents[index(dim)];
    }
  }
  if (operand != MacOperand::kInputs || !rows) return product;
  for (std::size_t axis = 0; axis < models::kSlidingAxes.size(); ++axis) {
    const auto [output, kernel] = models::kSlidingAxes[axis];
    product *= axes_.most_of_a_tile(axis, extents[index(output)], extents[index(kernel)]);
  }
  return product;
}

std::int64_t AccessCounter::whole_fibers(MacOperand operand, bool rows) const {
  if (operand == MacOperand::kInputs && rows) {
    return whole_elements(operand) / shape_.bound(Dim::C);
  }
  return tile_fibers(operand, shape_.bounds, rows);
}

std::int64_t AccessCounter::sliding_sum(const Mapping& mapping, std::size_t axis,
                                        const Boundary& boundary) {
  const Dim output = models::kSlidingAxes[axis].output;
  const Dim kernel = models::kSlidingAxes[axis].kernel;
  const std::int64_t outputs = shape_.bound(output);
  const std::int64_t kernels = shape_.bound(kernel);
  const bool in_groups = !mapping.groups[0].dims.empty() || !mapping.groups[1].dims.empty();
  if (in_groups && boundary.child > index(Level::kBuffers)) {
    return axes_.real_pairs(axis);  // every PE is handed its own im2col column
  }
  if (boundary.child == kMacLevel) {
    const bool strided_set = mapping.at(Level::kRegisters).tile[index(output)] > 1 ||
                             mapping.at(Level::kRegisters).tile[index(kernel)] > 1;
    if (!boundary.shared || strided_set) return axes_.real_pairs(axis);
  }
  if (kernels == 1 && outputs == 1) return axes_.whole(axis);
  if (boundary.child == index(Level::kBuffers) && format_.has_value()) {
    input_transfers_[axis] = &axes_.tiles(axis_tiling(mapping, axis, boundary));
    return input_transfers_[axis]->positions;
  }
  // Without reuse between kernel positions any partition touches as much as the whole, except in
  // bounding boxes.
  const bool reuses = kernels > 1 && outputs > 1;
  if (!reuses && axes_.positions() == InputPositions::kTouched) return axes_.whole(axis);
  return axes_.tiles(axis_tiling(mapping, axis, boundary)).positions;
}

AxisTiling AccessCounter::axis_tiling(const Mapping& mapping, std::size_t axis,
                                      const Boundary& boundary) const {
  const Dim output = models::kSlidingAxes[axis].output;
  const Dim kernel = models::kSlidingAxes[axis].kernel;
  AxisTiling tiling;
  tiling.axis = axis;
  tiling.over_passes = std::min(boundary.child, kMacLevel - 1) > index(Level::kBuffers);
  const bool unrolled = mapping.unroll(output) > 1 || mapping.unroll(kernel) > 1;
  const bool slides =
      boundary.has_cut && boundary.child != kMacLevel && !(tiling.over_passes && unrolled);
  const auto tiles_of = [&](Dim dim) {
    AxisTiling::Tiles tiles;
    tiles.buffered = mapping.at(Level::kBuffers).tile[index(dim)];
    if (slides && boundary.cut_dim == dim) tiles.slides_at = boundary.cut_level;
    if (tiling.over_passes) {
      tiles.pass = mapping.pass_extent(dim);
      tiles.step = boundary.shared ? tiles.pass : mapping.at(Level::kRegisters).tile[index(dim)];
    }
    return tiles;
  };
  tiling.outputs = tiles_of(output);
  tiling.kernels = tiles_of(kernel);
  return tiling;
}

/// In whole bursts, where DRAM sends a tile of these extents in one transfer.
base::Bytes AccessCounter::transfer_bytes(MacOperand operand, const DimArray& tile,
                                          const StoredSize& stored) const {
  const std::int64_t fibers = stored.pointer_bits > 0 ? tile_fibers(operand, tile, stored.rows) : 1;
  return base::whole_bursts(stored.bytes(tile_elements(operand, tile), fibers), format_->burst);
}

void AccessCounter::add_end_tiles(const Mapping& mapping, BurstBytes& bursts) const {
  const DimArray& tile = mapping.at(Level::kBuffers).tile;
  bursts.first_weights = transfer_bytes(MacOperand::kWeights, tile, format_->weights);
  bursts.first_inputs = transfer_bytes(MacOperand::kInputs, tile, format_->inputs);
  bursts.last_outputs = transfer_bytes(MacOperand::kOutputs, tile, format_->outputs);
}

void AccessCounter::add_bursts(const Mapping& mapping, AccessCounts& counts) {
  const auto moved = [&](MacOperand operand) -> const OperandCounts& {
    return counts.levels[index(Level::kDram)][index(operand)];
  };
  const auto in_bursts = [&](const StoredSize& stored, std::int64_t times) {
    return times > 0 ? transfers_.in_bursts(stored, format_->burst, times) : base::Bytes(0);
  };
  const auto cross_tiles = [&](MacOperand operand, const StoredSize& stored, auto&& is_counted) {
    transfers_.clear();
    for (const Dim dim : walked_dims_) {
      if (!is_counted(dim)) continue;
      const DimIterations& n = dims_[index(dim)];
      transfers_.cross_tiles(n.whole_tiles, n.tile, n.rest,
                             is_along_fibers(operand, dim, stored.rows));
    }
  };
  const auto cross_all = [&](MacOperand operand, const StoredSize& stored) {
    cross_tiles(operand, stored, [&](Dim dim) { return models::is_relevant(operand, dim); });
  };
  // Each time over, all of an operand moves in the same tiles.
  const auto times = [&](MacOperand operand, std::int64_t elements) {
    const std::int64_t whole = whole_elements_[index(operand)];
    return elements == whole ? 1 : elements / whole;
  };
  BurstBytes& bursts = counts.bursts.emplace();

  cross_all(MacOperand::kWeights, format_->weights);
  bursts.weight_times = times(MacOperand::kWeights, moved(MacOperand::kWeights).reads);
  bursts.weights = in_bursts(format_->weights, bursts.weight_times);

  const std::int64_t written = times(MacOperand::kOutputs, moved(MacOperand::kOutputs).updates);
  cross_all(MacOperand::kOutputs, format_->outputs);
  bursts.sums_read = bursts.sums_written = in_bursts(format_->sums, written - 1);
  bursts.outputs = in_bursts(format_->outputs, std::min<std::int64_t>(written, 1));

  const Boundary boundary = boundary_of(MacOperand::kInputs, index(Level::kBuffers), false);
  const StoredSize& inputs = format_->inputs;
  cross_tiles(MacOperand::kInputs, inputs,
              [](Dim dim) { return dim == Dim::G || dim == Dim::N || dim == Dim::C; });
  for (std::size_t axis = 0; axis < models::kSlidingAxes.size(); ++axis) {
    const auto [output, kernel] = models::kSlidingAxes[axis];
    if (shape_.bound(output) == 1 && shape_.bound(kernel) == 1) {
      transfers_.scale(axes_.whole(axis), !inputs.rows);
    } else {
      transfers_.cross(input_transfers_[axis]->transfers, !inputs.rows);
    }
  }
  bursts.inputs = in_bursts(inputs, iterations(Dim::K, boundary));
  add_end_tiles(mapping, bursts);
}

void AccessCounter::update_iterations(const Mapping& mapping) {
  for (const Dim dim : walked_dims_) {
    const std::size_t d = index(dim);
    DimIterations& n = dims_[d];
    const std::int64_t tile = mapping.at(Level::kBuffers).tile[d];
    const std::int64_t unroll = mapping.unroll(dim);
    const std::int64_t kept = mapping.at(Level::kRegisters).tile[d];
    if (n.tile == tile && n.unroll == unroll && n.kept == kept) continue;
    n = {tile, unroll, kept};
    n.whole_tiles = shape_.bound(dim) / tile;
    n.rest = shape_.bound(dim) % tile;
    const std::int64_t bound = shape_.bound(dim);
    const std::int64_t pass = unroll * kept;
    const auto over_tiles = [&](auto&& of_tile) {
      return n.whole_tiles * of_tile(tile) + (n.rest > 0 ? of_tile(n.rest) : 0);
    };
    const auto pe_tiles = [&](std::int64_t extent) { return base::ceil_div(extent, kept); };
    n.tiles = n.whole_tiles + (n.rest > 0 ? 1 : 0);
    n.passes = over_tiles([&](std::int64_t extent) { return base::ceil_div(extent, pass); });
    n.cycles = over_tiles(
        [&](std::int64_t extent) { return extent / pass * kept + std::min(extent % pass, kept); });
    n.pe_tiles = over_tiles(
        [&](std::int64_t extent) { return extent / pass * unroll + pe_tiles(extent % pass); });
    n.pe_tiles_by_tile =
        over_tiles([&](std::int64_t extent) { return pe_tiles(std::min(extent, pass)); });
    n.pe_tiles_in_a_pass = pe_tiles(std::min({bound, tile, pass}));
    n.walks_dram = bound > tile;
    n.walks_buffers = tile > pass;
  }
}

void AccessCounter::find_cuts(const Mapping& mapping, bool grouped) {
  for (const Level level : {Level::kDram, Level::kBuffers}) {
    auto& cuts = cuts_[index(level)];
    cuts = {};
    models::DimSet outside;
    for (const Dim dim : mapping.at(level).order) {
      const std::size_t d = index(dim);
      const GroupUnroll* group =
          grouped && level == Level::kBuffers ? mapping.group_of(dim) : nullptr;
      if (shape_.bounds[d] == 1 && group == nullptr) continue;
      outside.insert(dim);
      bool walks = level == Level::kDram ? dims_[d].walks_dram : dims_[d].walks_buffers;
      if (group != nullptr) {
        walks = mapping.walking_dim(dim) == dim &&
                mapping.walked_extent(dim, mapping.at(level).tile) > group->factor;
      }
      if (!walks) continue;
      for (const MacOperand operand : models::kAllMacOperands) {
        if (models::is_relevant(operand, dim)) cuts[index(operand)] = {true, dim, outside};
      }
    }
  }
}

AccessCounter::Boundary AccessCounter::boundary_of(MacOperand operand, std::size_t child,
                                                   bool shared) const {
  Boundary boundary;
  boundary.operand = operand;
  boundary.child = child;
  boundary.shared = shared;
  if (child == kMacLevel) return boundary;  // a MAC takes its operands anew every time
  const Cut& in_buffers = cuts_[index(Level::kBuffers)][index(operand)];
  const Cut& in_dram = cuts_[index(Level::kDram)][index(operand)];
  if (child > index(Level::kBuffers) && in_buffers.exists) {
    boundary.has_cut = true;
    boundary.cut_level = index(Level::kBuffers);
    boundary.cut_dim = in_buffers.dim;
    boundary.in_dram = models::kEveryDim;
    boundary.in_buffers = in_buffers.outside;
  } else if (in_dram.exists) {
    boundary.has_cut = true;
    boundary.cut_level = index(Level::kDram);
    boundary.cut_dim = in_dram.dim;
    boundary.in_dram = in_dram.outside;
  }
  return boundary;
}

std::int64_t AccessCounter::iterations(Dim dim, const Boundary& boundary) const {
  const DimIterations& n = dims_[index(dim)];
  if (boundary.child == kMacLevel) return boundary.shared ? n.cycles : shape_.bound(dim);
  if (boundary.child <= index(Level::kBuffers)) {
    return boundary.in_dram.contains(dim) ? n.tiles : 1;
  }
  if (boundary.in_buffers.contains(dim)) return boundary.shared ? n.passes : n.pe_tiles;
  if (boundary.in_dram.contains(dim)) return boundary.shared ? n.tiles : n.pe_tiles_by_tile;
  return boundary.shared ? 1 : n.pe_tiles_in_a_pass;
}

bool AccessCounter::is_first_walked(const GroupUnroll& group, Dim dim) const {
  return dim == *std::find_if(walked_dims_.begin(), walked_dims_.end(),
                              [&](Dim member) { return group.dims.contains(member); });
}

/// The same for a group, whose dimensions the operand does not depend on.
std::int64_t AccessCounter::group_iterations(const Mapping& mapping, const GroupUnroll& group,
                                             Dim walking, const Boundary& boundary) const {
  const bool at_macs = boundary.child == kMacLevel;
  const bool in_buffers = at_macs || boundary.in_buffers.contains(walking);
  return over_group_tiles(
      mapping, shape_, group,
      [&](Dim member) { return at_macs || boundary.in_dram.contains(member); },
      [&](std::int64_t positions) -> std::int64_t {
        if (boundary.child <= index(Level::kBuffers)) return 1;
        if (boundary.shared) return in_buffers ? base::ceil_div(positions, group.factor) : 1;
        return in_buffers ? positions : std::min(positions, group.factor);
      });
}

std::int64_t AccessCounter::moved(const Mapping& mapping, const Boundary& boundary, bool grouped) {
  if (boundary.operand == MacOperand::kInputs) {
    std::int64_t product = shape_.bound(Dim::G) * shape_.bound(Dim::N) * shape_.bound(Dim::C);
    for (std::size_t axis = 0; axis < models::kSlidingAxes.size(); ++axis) {
      product *= sliding_sum(mapping, axis, boundary);
    }
    return shape_.bound(Dim::K) > 1 ? product * iterations(Dim::K, boundary) : product;
  }
  std::int64_t product = whole_elements_[index(boundary.operand)];
  for (const Dim dim : walked_dims_) {
    if (models::is_relevant(boundary.operand, dim)) continue;
    const GroupUnroll* group = grouped ? mapping.group_of(dim) : nullptr;
    if (group == nullptr) {
      product *= iterations(dim, boundary);
    } else if (is_first_walked(*group, dim)) {
      product *= group_iterations(mapping, *group, mapping.walking_dim(dim), boundary);
    }
  }
  return product;
}

void AccessCounter::count_link(const Mapping& mapping, MacOperand operand, std::size_t parent,
                               std::size_t child, bool grouped, AccessCounts& counts) {
  const bool over_array = parent < index(Level::kRegisters) && child > index(Level::kBuffers);
  const bool shares = storage_.movement[index(operand)] != Movement::kUnicast;
  const std::int64_t total = whole_elements_[index(operand)];
  const std::int64_t at_child = moved(mapping, boundary_of(operand, child, false), grouped);
  const std::int64_t at_parent =
      over_array && shares ? moved(mapping, boundary_of(operand, child, true), grouped) : at_child;
  if (over_array) counts.deliveries[index(operand)] += at_child;
  OperandCounts& outer = counts.levels[parent][index(operand)];
  OperandCounts* inner = child == kMacLevel ? nullptr : &counts.levels[child][index(operand)];
  if (operand != MacOperand::kOutputs) {
    outer.reads += at_parent;
    if (inner != nullptr) inner->fills += at_child;
    return;
  }
  outer.updates += at_parent;
  if (inner != nullptr) inner->drains += at_child;
  // The first partial sum of an element starts from zero: nothing is read. So it is whenever the
  // level holds a sum that it did not get from above: of the PEs that add up one sum, only one
  // takes over what was there before.
  const std::int64_t starts = parent == index(Level::kDram) ? total : outer.drains - outer.fills;
  const std::int64_t read_back = std::max<std::int64_t>(0, at_parent - starts);
  outer.reads += read_back;
  if (inner != nullptr) inner->fills += read_back;
  if (parent == index(Level::kBuffers)) counts.partial_sums_in_buffers = at_parent > total;
  if (parent == index(Level::kDram)) counts.partial_sums_in_dram = at_parent > total;
}

AccessCounts AccessCounter::count_tiles(const Mapping& mapping) {
  const bool grouped = !mapping.groups[0].dims.empty() || !mapping.groups[1].dims.empty();
  update_iterations(mapping);
  find_cuts(mapping, grouped);
  AccessCounts counts;
  for (const MacOperand operand : models::kAllMacOperands) {
    if (!storage_.in_buffers.contains(operand)) continue;
    count_link(mapping, operand, index(Level::kDram), index(Level::kBuffers), grouped, counts);
  }
  counts.tiles = 1;
  for (const Dim dim : walked_dims_) counts.tiles *= dims_[index(dim)].tiles;
  if (format_.has_value()) add_bursts(mapping, counts);
  return counts;
}

AccessCounts AccessCounter::count(const Mapping& mapping) {
  const bool grouped = !mapping.groups[0].dims.empty() || !mapping.groups[1].dims.empty();
  update_iterations(mapping);
  find_cuts(mapping, grouped);

  AccessCounts counts;
  for (const MacOperand operand : models::kAllMacOperands) {
    // Levels that store the operand, outermost first, then the MACs.
    std::size_t parent = index(Level::kDram);
    const auto link = [&](std::size_t child) {
      count_link(mapping, operand, parent, child, grouped, counts);
      parent = child;
    };
    if (storage_.in_buffers.contains(operand)) link(index(Level::kBuffers));
    if (storage_.in_registers.contains(operand)) link(index(Level::kRegisters));
    link(kMacLevel);
  }

  counts.array_cycles = 1;
  counts.folds = 1;
  counts.tiles = 1;
  const Boundary stationary = boundary_of(storage_.stationary, index(Level::kRegisters), true);
  for (const Dim dim : walked_dims_) {
    const DimIterations& n = dims_[index(dim)];
    counts.tiles *= n.tiles;
    const bool moves_stationary = models::is_relevant(storage_.stationary, dim);
    const GroupUnroll* group = grouped ? mapping.group_of(dim) : nullptr;
    if (group == nullptr) {
      counts.array_cycles *= n.cycles;
      counts.folds *= moves_stationary ? n.passes : iterations(dim, stationary);
    } else if (is_first_walked(*group, dim)) {
      const std::int64_t passes = over_group_tiles(
          mapping, shape_, *group, [](Dim /*member*/) { return true; },
          [&](std::int64_t positions) { return base::ceil_div(positions, group->factor); });
      counts.array_cycles *= passes;
      counts.folds *= moves_stationary
                          ? passes
                          : group_iterations(mapping, *group, mapping.walking_dim(dim), stationary);
    }
  }
  if (format_.has_value()) add_bursts(mapping, counts);
  return counts;
}

}  // namespace mensa::accelerators
