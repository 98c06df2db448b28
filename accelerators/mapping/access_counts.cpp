#include "accelerators/mapping/access_counts.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "models/base/error.h"

namespace mensa::accelerators {

using models::Dim;
using models::DimArray;
using models::index;
using models::MacOperand;

namespace {

constexpr std::size_t kMacLevel = kLevelCount;  // below the registers: single MACs

/// Extent by which a loop of `level` over `dim` advances.
std::int64_t step_extent(const Mapping& mapping, std::size_t level, Dim dim) {
  switch (level) {
    case index(Level::kDram):
      return mapping.at(Level::kBuffers).tile[index(dim)];
    case index(Level::kBuffers):
      return mapping.pass_extent(dim);
    default:
      return 1;
  }
}

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

/// Pairs of output and kernel index whose input position is real, not padding.
std::int64_t real_pairs(const models::ProblemShape& shape, std::size_t axis) {
  const std::int64_t outputs = shape.bound(models::kSlidingAxes[axis].output);
  const std::int64_t kernels = shape.bound(models::kSlidingAxes[axis].kernel);
  std::int64_t pairs = 0;
  for (std::int64_t k = 0; k < kernels; ++k) pairs += shape.touched(axis, 0, outputs, k, 1);
  return pairs;
}

struct Span {
  std::int64_t begin = 0;
  std::int64_t extent = 0;
};

std::vector<Span> split(const std::vector<Span>& spans, std::int64_t step) {
  std::vector<Span> parts;
  for (const Span& span : spans) {
    for (std::int64_t at = 0; at < span.extent; at += step) {
      parts.push_back({span.begin + at, std::min(step, span.extent - at)});
    }
  }
  return parts;
}

}  // namespace

/// Everything between a storage level and the next level inside that stores the operand.
struct AccessCounter::Boundary {
  MacOperand operand = MacOperand::kWeights;
  std::size_t child = kMacLevel;  ///< loops of levels [0, child) lie outside the child's tile
  /// Innermost loop that changes the child's tile; loops inside it find the tile in place.
  bool has_cut = false;
  std::size_t cut_level = 0;
  std::size_t cut_position = 0;
  Dim cut_dim = Dim::G;
  /// Whether PEs that need the same element at the same time count once.
  bool shared = false;

  [[nodiscard]] bool counts(const Mapping& mapping, std::size_t level, Dim dim) const {
    if (child == kMacLevel) return true;  // a MAC takes its operands anew every time
    if (!has_cut) return false;
    if (level != cut_level) return level < cut_level;
    const auto& order = mapping.levels[level].order;
    const Dim walking = level == index(Level::kBuffers) ? mapping.walking_dim(dim) : dim;
    for (std::size_t position = 0; position <= cut_position; ++position) {
      if (order[position] == walking) return true;
    }
    return false;
  }
};

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

AccessCounter::AccessCounter(const models::ProblemShape& shape, const StorageView& storage)
    : shape_(shape), storage_(storage) {
  for (const MacOperand operand : models::kAllMacOperands) {
    whole_elements_[index(operand)] = shape.elements(operand);
  }
  for (std::size_t axis = 0; axis < models::kSlidingAxes.size(); ++axis) {
    const auto [output, kernel] = models::kSlidingAxes[axis];
    whole_touched_[axis] = shape.touched(axis, 0, shape.bound(output), 0, shape.bound(kernel));
  }
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
    product *= std::min({span, shape_.input_size[axis], outputs * kernels});
  }
  return product;
}

std::int64_t AccessCounter::sliding_sum(const Mapping& mapping, std::size_t axis,
                                        const Boundary& boundary) {
  const auto [output, kernel] = models::kSlidingAxes[axis];
  const std::int64_t outputs = shape_.bound(output);
  const std::int64_t kernels = shape_.bound(kernel);
  const bool in_groups = !mapping.groups[0].dims.empty() || !mapping.groups[1].dims.empty();
  if (in_groups && boundary.child > index(Level::kBuffers)) {
    return real_pairs(shape_, axis);  // every PE is handed its own im2col column
  }
  if (boundary.child == kMacLevel) {
    const bool strided_set = mapping.at(Level::kRegisters).tile[index(output)] > 1 ||
                             mapping.at(Level::kRegisters).tile[index(kernel)] > 1;
    if (!boundary.shared || strided_set) return real_pairs(shape_, axis);
  }
  // Without reuse between kernel positions any partition touches as much as the whole.
  if (kernels == 1 || outputs == 1) return whole_touched_[axis];

  const std::size_t last = std::min(boundary.child, kMacLevel - 1);  // loops in [0, last)
  const bool spatial_inside = last > index(Level::kBuffers);
  const bool unrolled = mapping.unroll(output) > 1 || mapping.unroll(kernel) > 1;
  const bool slides = boundary.has_cut && boundary.child != kMacLevel &&
                      (boundary.cut_dim == output || boundary.cut_dim == kernel) &&
                      !(spatial_inside && unrolled);
  const auto merge_level = [&](Dim dim) {
    return slides && boundary.cut_dim == dim ? boundary.cut_level : kLevelCount;
  };
  const auto inner_step = [&](Dim dim) {
    return boundary.shared ? mapping.pass_extent(dim)
                           : mapping.at(Level::kRegisters).tile[index(dim)];
  };
  const std::array<std::int64_t, 10> key = {
      static_cast<std::int64_t>(axis),
      static_cast<std::int64_t>(last),
      static_cast<std::int64_t>(merge_level(output)),
      static_cast<std::int64_t>(merge_level(kernel)),
      mapping.at(Level::kBuffers).tile[index(output)],
      mapping.at(Level::kBuffers).tile[index(kernel)],
      spatial_inside ? mapping.pass_extent(output) : 0,
      spatial_inside ? mapping.pass_extent(kernel) : 0,
      spatial_inside ? inner_step(output) : 0,
      spatial_inside ? inner_step(kernel) : 0,
  };
  const auto [entry, is_new] = sliding_memo_.try_emplace(key, 0);
  if (!is_new) return entry->second;

  // Tiles of one dimension as the child sees them. Where tiles slide, only the previous one is
  // still in place, and `overlap` is the part of the sweep that it covers (empty for the first
  // tile).
  struct Part {
    Span tile;
    std::int64_t overlap = 0;  ///< extent of the tile before it in the same sweep
  };
  const auto parts = [&](Dim dim) {
    const std::size_t merged = merge_level(dim);
    std::vector<Span> sweeps = {{0, shape_.bound(dim)}};
    std::int64_t step = mapping.at(Level::kBuffers).tile[index(dim)];
    if (merged != index(Level::kDram)) {
      sweeps = split(sweeps, step);
      if (spatial_inside && merged != index(Level::kBuffers)) {
        sweeps = split(split(sweeps, mapping.pass_extent(dim)), inner_step(dim));
      }
      step = mapping.pass_extent(dim);
    }
    std::vector<Part> list;
    for (const Span& sweep : sweeps) {
      if (merged == kLevelCount) {
        list.push_back({sweep, 0});
        continue;
      }
      std::int64_t before = 0;
      for (const Span& tile : split({sweep}, step)) {
        list.push_back({tile, before});
        before = tile.extent;
      }
    }
    return list;
  };
  const std::vector<Part> output_parts = parts(output);
  const std::vector<Part> kernel_parts = parts(kernel);
  std::int64_t sum = 0;
  for (const Part& o : output_parts) {
    for (const Part& k : kernel_parts) {
      sum += shape_.touched(axis, o.tile.begin - o.overlap, o.tile.extent + o.overlap,
                            k.tile.begin - k.overlap, k.tile.extent + k.overlap);
      if (o.overlap > 0) {
        sum -=
            shape_.touched(axis, o.tile.begin - o.overlap, o.overlap, k.tile.begin, k.tile.extent);
      }
      if (k.overlap > 0) {
        sum -=
            shape_.touched(axis, o.tile.begin, o.tile.extent, k.tile.begin - k.overlap, k.overlap);
      }
    }
  }
  entry->second = sum;
  return sum;
}

AccessCounts AccessCounter::count(const Mapping& mapping) {
  AccessCounts counts;

  // Iterations of one dimension over the levels outside `child`; loops that `boundary` does not
  // count run once. Remainders take as many iterations as their own size needs.
  const auto iterations = [&](Dim dim, const Boundary& boundary) {
    const std::int64_t register_extent = mapping.at(Level::kRegisters).tile[index(dim)];
    const std::int64_t pass = mapping.pass_extent(dim);
    const bool in_dram = boundary.counts(mapping, index(Level::kDram), dim);
    const bool in_buffers = boundary.counts(mapping, index(Level::kBuffers), dim);
    const auto in_registers = [&](std::int64_t extent) -> std::int64_t {
      return boundary.child == kMacLevel ? extent : 1;
    };
    const auto in_pass = [&](std::int64_t extent) {  // extent <= pass
      if (boundary.shared) return in_registers(std::min(extent, register_extent));
      const std::int64_t rest = extent % register_extent;
      return extent / register_extent * in_registers(register_extent) +
             (rest > 0 ? in_registers(rest) : 0);
    };
    const auto in_tile = [&](std::int64_t extent) -> std::int64_t {
      if (boundary.child <= index(Level::kBuffers)) return 1;
      if (!in_buffers) return in_pass(std::min(extent, pass));
      const std::int64_t rest = extent % pass;
      return extent / pass * in_pass(pass) + (rest > 0 ? in_pass(rest) : 0);
    };
    const std::int64_t tile = mapping.at(Level::kBuffers).tile[index(dim)];
    const std::int64_t bound = shape_.bound(dim);
    if (!in_dram) return in_tile(std::min(bound, tile));
    const std::int64_t rest = bound % tile;
    return bound / tile * in_tile(tile) + (rest > 0 ? in_tile(rest) : 0);
  };

  const auto make_boundary = [&](MacOperand operand, std::size_t child, bool shared) {
    Boundary boundary;
    boundary.operand = operand;
    boundary.child = child;
    boundary.shared = shared;
    if (child == kMacLevel) return boundary;
    for (std::size_t level = child; level-- > 0 && !boundary.has_cut;) {
      const LevelLoops& loops = mapping.levels[level];
      for (std::size_t position = models::kDimCount; position-- > 0;) {
        const Dim dim = loops.order[position];
        if (!models::is_relevant(operand, dim)) continue;
        std::int64_t extent = level == 0 ? shape_.bound(dim) : loops.tile[index(dim)];
        std::int64_t step = step_extent(mapping, level, dim);
        const GroupUnroll* group = mapping.group_of(dim);
        if (level == index(Level::kBuffers) && group != nullptr) {
          if (mapping.walking_dim(dim) != dim) continue;
          extent = mapping.walked_extent(dim, loops.tile);
          step = group->factor;
        }
        if (extent <= step) continue;
        boundary.has_cut = true;
        boundary.cut_level = level;
        boundary.cut_position = position;
        boundary.cut_dim = dim;
        break;
      }
    }
    return boundary;
  };

  // The same for a group, whose dimensions the operand does not depend on.
  const auto group_iterations = [&](const GroupUnroll& group, Dim dim, const Boundary& boundary) {
    const bool in_buffers = boundary.counts(mapping, index(Level::kBuffers), dim);
    return over_group_tiles(
        mapping, shape_, group,
        [&](Dim member) { return boundary.counts(mapping, index(Level::kDram), member); },
        [&](std::int64_t positions) -> std::int64_t {
          if (boundary.child <= index(Level::kBuffers)) return 1;
          if (boundary.shared) return in_buffers ? base::ceil_div(positions, group.factor) : 1;
          return in_buffers ? positions : std::min(positions, group.factor);
        });
  };

  const auto moved = [&](const Boundary& boundary) {
    std::int64_t product = 1;
    if (boundary.operand == MacOperand::kInputs) {
      product = shape_.bound(Dim::G) * shape_.bound(Dim::N) * shape_.bound(Dim::C);
      for (std::size_t axis = 0; axis < models::kSlidingAxes.size(); ++axis) {
        product *= sliding_sum(mapping, axis, boundary);
      }
      return product * iterations(Dim::K, boundary);
    }
    for (const Dim dim : models::kAllDims) {
      const GroupUnroll* group = mapping.group_of(dim);
      if (models::is_relevant(boundary.operand, dim)) {
        product *= shape_.bound(dim);
      } else if (group == nullptr) {
        product *= iterations(dim, boundary);
      } else if (mapping.walking_dim(dim) == dim) {
        product *= group_iterations(*group, dim, boundary);
      }
    }
    return product;
  };

  for (const MacOperand operand : models::kAllMacOperands) {
    const Movement movement = storage_.movement[index(operand)];
    // Levels that store the operand, outermost first, then the MACs.
    std::array<std::size_t, kLevelCount + 1> chain = {index(Level::kDram)};
    std::size_t links = 1;
    if (storage_.in_buffers.contains(operand)) chain[links++] = index(Level::kBuffers);
    if (storage_.in_registers.contains(operand)) chain[links++] = index(Level::kRegisters);
    chain[links] = kMacLevel;
    const std::int64_t total = whole_elements_[index(operand)];

    for (std::size_t link = 0; link < links; ++link) {
      const std::size_t parent = chain[link];
      const std::size_t child = chain[link + 1];
      const bool over_array = parent < index(Level::kRegisters) && child > index(Level::kBuffers);
      const bool shares = movement != Movement::kUnicast;
      const std::int64_t at_child = moved(make_boundary(operand, child, false));
      const std::int64_t at_parent =
          over_array && shares ? moved(make_boundary(operand, child, true)) : at_child;
      if (over_array) counts.deliveries[index(operand)] += at_child;
      OperandCounts& outer = counts.levels[parent][index(operand)];
      OperandCounts* inner = child == kMacLevel ? nullptr : &counts.levels[child][index(operand)];
      if (operand != MacOperand::kOutputs) {
        outer.reads += at_parent;
        if (inner != nullptr) inner->fills += at_child;
        continue;
      }
      outer.updates += at_parent;
      if (inner != nullptr) inner->drains += at_child;
      // The first partial sum of an element starts from zero: nothing is read. So it is whenever
      // the level holds a sum that it did not get from above: of the PEs that add up one sum, only
      // one takes over what was there before.
      const OperandCounts& holder = counts.levels[parent][index(operand)];
      const std::int64_t starts =
          parent == index(Level::kDram) ? total : holder.drains - holder.fills;
      const std::int64_t read_back = std::max<std::int64_t>(0, at_parent - starts);
      outer.reads += read_back;
      if (inner != nullptr) inner->fills += read_back;
      if (parent == index(Level::kBuffers)) counts.partial_sums_in_buffers = at_parent > total;
      if (parent == index(Level::kDram)) counts.partial_sums_in_dram = at_parent > total;
    }
  }

  counts.array_cycles = 1;
  counts.folds = 1;
  counts.tiles = 1;
  const Boundary stationary = make_boundary(storage_.stationary, index(Level::kRegisters), true);
  for (const Dim dim : models::kAllDims) {
    const std::int64_t bound = shape_.bound(dim);
    const std::int64_t tile = mapping.at(Level::kBuffers).tile[index(dim)];
    counts.tiles *= base::ceil_div(bound, tile);
    const bool moves_stationary = models::is_relevant(storage_.stationary, dim);
    if (const GroupUnroll* group = mapping.group_of(dim); group != nullptr) {
      if (mapping.walking_dim(dim) != dim) continue;
      const std::int64_t passes = over_group_tiles(
          mapping, shape_, *group, [](Dim /*member*/) { return true; },
          [&](std::int64_t positions) { return base::ceil_div(positions, group->factor); });
      counts.array_cycles *= passes;
      counts.folds *= moves_stationary ? passes : group_iterations(*group, dim, stationary);
      continue;
    }
    const std::int64_t pass = mapping.pass_extent(dim);
    const std::int64_t register_extent = mapping.at(Level::kRegisters).tile[index(dim)];
    const auto in_tile = [&](std::int64_t extent) {
      return extent / pass * register_extent + std::min(extent % pass, register_extent);
    };
    counts.array_cycles *= bound / tile * in_tile(tile) + in_tile(bound % tile);
    if (moves_stationary) {
      counts.folds *=
          bound / tile * base::ceil_div(tile, pass) + base::ceil_div(bound % tile, pass);
    } else {
      counts.folds *= iterations(dim, stationary);
    }
  }
  return counts;
}

void check_mapping(const Mapping& mapping, const models::ProblemShape& shape,
                   const Accelerator& accelerator) {
  const auto fail = [](const std::string& what) { throw base::Error("mapping: " + what); };
  std::int64_t rows = 1;
  std::int64_t columns = 1;
  for (std::size_t level = 0; level < kLevelCount; ++level) {
    auto order = mapping.levels[level].order;
    std::sort(order.begin(), order.end());
    if (order != models::kAllDims) {
      fail(fmt::format("the loop order of {} does not name every dimension once",
                       to_string(static_cast<Level>(level))));
    }
  }
  const std::array<std::int64_t, 2> sides = {accelerator.rows, accelerator.columns};
  for (std::size_t axis = 0; axis < mapping.groups.size(); ++axis) {
    const GroupUnroll& group = mapping.groups[axis];
    const auto& known =
        axis == 0 ? accelerator.dataflow.row_groups : accelerator.dataflow.column_groups;
    if (group.dims.empty()) {
      if (group.factor != 1) fail("a group without dimensions is unrolled");
      continue;
    }
    if (std::find(known.begin(), known.end(), group.dims) == known.end()) {
      fail(fmt::format("dataflow {} does not unroll that group over that axis",
                       accelerator.dataflow.name));
    }
    if (group.factor < 1 || group.factor > sides[axis]) {
      fail(fmt::format("a group unrolls {} times over {} PEs", group.factor, sides[axis]));
    }
    (axis == 0 ? rows : columns) *= group.factor;
  }
  for (const Dim dim : models::kAllDims) {
    const std::size_t d = index(dim);
    const auto name = models::to_string(dim);
    const bool in_two_groups =
        mapping.groups[0].dims.contains(dim) && mapping.groups[1].dims.contains(dim);
    if (in_two_groups || (mapping.group_of(dim) != nullptr && mapping.pass_extent(dim) != 1)) {
      fail(fmt::format("{} is in a group and unrolled or tiled in registers besides", name));
    }
    const std::int64_t buffered = mapping.at(Level::kBuffers).tile[d];
    const std::int64_t kept = mapping.at(Level::kRegisters).tile[d];
    if (mapping.at(Level::kDram).tile[d] != shape.bound(dim)) {
      fail(fmt::format("the DRAM tile has {}={} but the layer {}={}", name,
                       mapping.at(Level::kDram).tile[d], name, shape.bound(dim)));
    }
    if (buffered < 1 || buffered > shape.bound(dim) || kept < 1 || kept > buffered) {
      fail(fmt::format("tiles of {} do not nest: DRAM {}, buffers {}, registers {}", name,
                       shape.bound(dim), buffered, kept));
    }
    if (mapping.row_unroll[d] < 1 || mapping.column_unroll[d] < 1) {
      fail(fmt::format("unrolling of {} is below 1", name));
    }
    const auto allowed = [&](const std::vector<Dim>& dims, std::int64_t factor) {
      return factor == 1 || std::find(dims.begin(), dims.end(), dim) != dims.end();
    };
    if (!allowed(accelerator.dataflow.row_dims, mapping.row_unroll[d]) ||
        !allowed(accelerator.dataflow.column_dims, mapping.column_unroll[d])) {
      fail(fmt::format("dataflow {} does not unroll {} over that axis", accelerator.dataflow.name,
                       name));
    }
    rows *= mapping.row_unroll[d];
    columns *= mapping.column_unroll[d];
    if (rows > accelerator.rows || columns > accelerator.columns) {
      fail(fmt::format("unrolls to {}x{} or more, beyond the {}x{} PEs of {}", rows, columns,
                       accelerator.rows, accelerator.columns, accelerator.name));
    }
  }
}

}  // namespace mensa::accelerators
