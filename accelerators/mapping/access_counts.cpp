#include "accelerators/mapping/access_counts.h"

#include <algorithm>
#include <map>
#include <utility>

#include "accelerators/mapping/tile_runs.h"

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

AccessCounter::AccessCounter(const models::ProblemShape& shape, const StorageView& storage,
                             InputPositions positions, std::optional<DramFormat> format)
    : shape_(shape), storage_(storage), positions_(positions), format_(format) {
  for (const MacOperand operand : models::kAllMacOperands) {
    whole_elements_[index(operand)] = shape.elements(operand);
  }
  for (std::size_t axis = 0; axis < models::kSlidingAxes.size(); ++axis) {
    const auto [output, kernel] = models::kSlidingAxes[axis];
    const std::int64_t outputs = shape.bound(output);
    const std::int64_t kernels = shape.bound(kernel);
    whole_touched_[axis] = touched(axis, 0, outputs, 0, kernels);
    // The products of one kernel index, or of one output, touch different positions.
    for (std::int64_t i = 0; i < std::min(kernels, outputs); ++i) {
      real_pairs_[axis] += kernels <= outputs ? shape.touched(axis, 0, outputs, i, 1)
                                              : shape.touched(axis, i, 1, 0, kernels);
    }
  }
  whole_elements_[index(MacOperand::kInputs)] = shape.bound(Dim::G) * shape.bound(Dim::N) *
                                                shape.bound(Dim::C) * whole_touched_[0] *
                                                whole_touched_[1] * whole_touched_[2];
  for (const Dim dim : models::kAllDims) {
    if (shape.bound(dim) > 1) walked_dims_.push_back(dim);
  }
}

std::int64_t AccessCounter::touched(std::size_t axis, std::int64_t output_begin,
                                    std::int64_t output_count, std::int64_t kernel_begin,
                                    std::int64_t kernel_count) const {
  if (positions_ == InputPositions::kTouched) {
    return shape_.touched(axis, output_begin, output_count, kernel_begin, kernel_count);
  }
  if (output_count <= 0 || kernel_count <= 0) return 0;
  const std::int64_t first = output_begin * shape_.stride[axis] +
                             kernel_begin * shape_.dilation[axis] - shape_.pad_begin[axis];
  const std::int64_t last =
      first + (output_count - 1) * shape_.stride[axis] + (kernel_count - 1) * shape_.dilation[axis];
  return std::max<std::int64_t>(
      0, std::min(last, shape_.input_size[axis] - 1) - std::max<std::int64_t>(first, 0) + 1);
}

std::int64_t AccessCounter::tile_elements(MacOperand operand, const DimArray& extents) const {
  std::int64_t product = 1;
  if (operand != MacOperand::kInputs) {
    for (const Dim dim : models::kAllDims) {
      if (models::is_relevant(operand, dim)) product *= extents[index(dim)];
    }
    return product;
  }
  product = extents[index(Dim::G)] * extents[index(Dim::N)] * extents[index(Dim::C)];
  for (std::size_t axis = 0; axis < models::kSlidingAxes.size(); ++axis) {
    const auto [output, kernel] = models::kSlidingAxes[axis];
    const std::int64_t outputs = extents[index(output)];
    const std::int64_t kernels = extents[index(kernel)];
    // A tile in the middle touches no padding; one of full extent knows its padding exactly.
    if (outputs == shape_.bound(output) && kernels == shape_.bound(kernel)) {
      product *= whole_touched_[axis];
      continue;
    }
    const std::int64_t span =
        (outputs - 1) * shape_.stride[axis] + (kernels - 1) * shape_.dilation[axis] + 1;
    const std::int64_t most = std::min(span, whole_touched_[axis]);
    product *= positions_ == InputPositions::kTouched ? std::min(most, outputs * kernels) : most;
  }
  return product;
}

std::size_t AccessCounter::AxisTilingHash::operator()(const AxisTiling& tiling) const {
  std::uint64_t hash = 0;
  const auto add = [&](auto value) {
    hash = (hash ^ static_cast<std::uint64_t>(value)) * 0x9E3779B97F4A7C15U;
    hash ^= hash >> 29U;
  };
  add(tiling.axis * 2 + (tiling.over_passes ? 1 : 0));
  for (const AxisTiling::Tiles& tiles : {tiling.outputs, tiling.kernels}) {
    add(tiles.slides_at);
    add(tiles.buffered);
    add(tiles.pass);
    add(tiles.step);
  }
  return static_cast<std::size_t>(hash);
}

std::int64_t AccessCounter::sliding_sum(const Mapping& mapping, std::size_t axis,
                                        const Boundary& boundary) {
  const Dim output = models::kSlidingAxes[axis].output;
  const Dim kernel = models::kSlidingAxes[axis].kernel;
  const std::int64_t outputs = shape_.bound(output);
  const std::int64_t kernels = shape_.bound(kernel);
  const bool in_groups = !mapping.groups[0].dims.empty() || !mapping.groups[1].dims.empty();
  if (in_groups && boundary.child > index(Level::kBuffers)) {
    return real_pairs_[axis];  // every PE is handed its own im2col column
  }
  if (boundary.child == kMacLevel) {
    const bool strided_set = mapping.at(Level::kRegisters).tile[index(output)] > 1 ||
                             mapping.at(Level::kRegisters).tile[index(kernel)] > 1;
    if (!boundary.shared || strided_set) return real_pairs_[axis];
  }
  // Without reuse between kernel positions any partition touches as much as the whole, except in
  // bounding boxes.
  if (kernels == 1 && outputs == 1) return whole_touched_[axis];
  if (positions_ == InputPositions::kTouched && (kernels == 1 || outputs == 1)) {
    return whole_touched_[axis];
  }

  const AxisTiling tiling = axis_tiling(mapping, axis, boundary);
  const auto [entry, is_new] = sliding_memo_.try_emplace(tiling, 0);
  if (is_new) {
    visit_axis_tiles(tiling, [sum = &entry->second](std::int64_t positions, std::int64_t times) {
      *sum += positions * times;
    });
  }
  return entry->second;
}

AccessCounter::AxisTiling AccessCounter::axis_tiling(const Mapping& mapping, std::size_t axis,
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

template <class Visit>
void AccessCounter::visit_axis_tiles(const AxisTiling& tiling, Visit&& visit) const {
  const std::size_t axis = tiling.axis;
  const std::int64_t outputs = shape_.bound(models::kSlidingAxes[axis].output);
  const std::int64_t kernels = shape_.bound(models::kSlidingAxes[axis].kernel);
  // Outputs whose windows touch no padding, whatever the kernel index.
  const std::int64_t reach = (kernels - 1) * shape_.dilation[axis];
  const std::int64_t real_end = shape_.input_size[axis] + shape_.pad_begin[axis] - reach;
  const Unclipped inside = {base::ceil_div(shape_.pad_begin[axis], shape_.stride[axis]),
                            real_end > 0 ? base::ceil_div(real_end, shape_.stride[axis]) : 0};
  const auto runs = [&](const AxisTiling::Tiles& tiles, std::int64_t bound, Unclipped unclipped) {
    const bool over_buffered = tiles.slides_at == index(Level::kDram);
    const bool over_passes = tiles.slides_at == index(Level::kBuffers);
    std::vector<Run> list = split({{0, bound, 1, 0}}, tiles.buffered, unclipped, over_buffered);
    if (over_buffered || !tiling.over_passes) return list;
    list = split(list, tiles.pass, unclipped, over_passes);
    return over_passes ? list : split(list, tiles.step, unclipped, false);
  };
  const std::vector<Run> kernel_runs = runs(tiling.kernels, kernels, {});
  for (const Run& o : runs(tiling.outputs, outputs, inside)) {
    for (const Run& k : kernel_runs) {
      std::int64_t fresh = touched(axis, o.begin - o.overlap, o.extent + o.overlap,
                                   k.begin - k.overlap, k.extent + k.overlap);
      if (o.overlap > 0) fresh -= touched(axis, o.begin - o.overlap, o.overlap, k.begin, k.extent);
      if (k.overlap > 0) fresh -= touched(axis, o.begin, o.extent, k.begin - k.overlap, k.overlap);
      visit(fresh, o.times * k.times);
    }
  }
}

/// What the buffered tiles bring along an axis, equal sizes together.
const std::vector<TransferSizes::Pieces>& AccessCounter::axis_transfers(const Mapping& mapping,
                                                                        std::size_t axis,
                                                                        const Boundary& boundary) {
  const AxisTiling tiling = axis_tiling(mapping, axis, boundary);
  const auto [entry, is_new] = transfers_memo_.try_emplace(tiling);
  if (is_new) {
    std::map<std::int64_t, std::int64_t> times_of;
    visit_axis_tiles(
        tiling, [&](std::int64_t positions, std::int64_t times) { times_of[positions] += times; });
    for (const auto& [positions, times] : times_of) entry->second.push_back({positions, times});
  }
  return entry->second;
}

void AccessCounter::add_bursts(const Mapping& mapping, AccessCounts& counts) {
  const auto moved = [&](MacOperand operand) -> const OperandCounts& {
    return counts.levels[index(Level::kDram)][index(operand)];
  };
  const auto in_bursts = [&](int bits, std::int64_t times) {
    return times > 0 ? transfers_.in_bursts(bits, format_->burst, times) : base::Bytes(0);
  };
  const auto cross_tiles = [&](auto&& is_counted) {
    transfers_.clear();
    for (const Dim dim : walked_dims_) {
      if (!is_counted(dim)) continue;
      const DimIterations& n = dims_[index(dim)];
      transfers_.cross_tiles(n.whole_tiles, n.tile, n.rest);
    }
  };
  // Each time over, all of an operand moves in the same tiles.
  const auto times = [&](MacOperand operand, std::int64_t elements) {
    const std::int64_t whole = whole_elements_[index(operand)];
    return elements == whole ? 1 : elements / whole;
  };
  BurstBytes& bursts = counts.bursts.emplace();

  cross_tiles([](Dim dim) { return models::is_relevant(MacOperand::kWeights, dim); });
  bursts.weights = in_bursts(format_->bits.weights,
                             times(MacOperand::kWeights, moved(MacOperand::kWeights).reads));

  const std::int64_t written = times(MacOperand::kOutputs, moved(MacOperand::kOutputs).updates);
  cross_tiles([](Dim dim) { return models::is_relevant(MacOperand::kOutputs, dim); });
  bursts.sums_read = bursts.sums_written = in_bursts(format_->bits.accumulators, written - 1);
  bursts.outputs = in_bursts(format_->bits.outputs, std::min<std::int64_t>(written, 1));

  const Boundary boundary = boundary_of(MacOperand::kInputs, index(Level::kBuffers), false);
  cross_tiles([](Dim dim) { return dim == Dim::G || dim == Dim::N || dim == Dim::C; });
  for (std::size_t axis = 0; axis < models::kSlidingAxes.size(); ++axis) {
    const auto [output, kernel] = models::kSlidingAxes[axis];
    if (shape_.bound(output) == 1 && shape_.bound(kernel) == 1) {
      transfers_.scale(whole_touched_[axis]);
    } else {
      transfers_.cross(axis_transfers(mapping, axis, boundary));
    }
  }
  bursts.inputs = in_bursts(format_->bits.inputs, iterations(Dim::K, boundary));
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
