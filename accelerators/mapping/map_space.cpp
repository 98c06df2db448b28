#include "accelerators/mapping/map_space.h"

#include <algorithm>

namespace mensa::accelerators {

using models::Dim;
using models::DimArray;
using models::DimSet;
using models::index;
using models::MacOperand;

namespace {

/// Register tiles only grow with their extents, at least as fast as this counts them.
bool may_fit(const DimArray& tile, const std::array<std::int64_t, 3>& touched,
             const RegisterRoom& room) {
  for (const MacOperand operand : models::kAllMacOperands) {
    const std::int64_t have = room[index(operand)];
    if (have == 0) continue;
    std::int64_t need = 1;
    for (const Dim dim : models::kAllDims) {
      const bool sliding =
          operand == MacOperand::kInputs && !DimSet{Dim::G, Dim::N, Dim::C}.contains(dim);
      if (models::is_relevant(operand, dim) && !sliding) need *= tile[index(dim)];
    }
    if (operand == MacOperand::kInputs) {
      for (std::size_t axis = 0; axis < models::kSlidingAxes.size(); ++axis) {
        // Distinct positions: at least as many as the longer side, if there are.
        const auto [output, kernel] = models::kSlidingAxes[axis];
        need *= std::min(std::max(tile[index(output)], tile[index(kernel)]), touched[axis]);
      }
    }
    if (need > have) return false;
  }
  return true;
}

class Visitor {
 public:
  Visitor(const models::ProblemShape& shape, const Accelerator& accelerator,
          const RegisterRoom& room, const KeepUnrolling& keep,
          const std::function<void(const ArrayMapping&)>& visit)
      : shape_(shape), accelerator_(accelerator), room_(room), keep_(keep), visit_(visit) {
    for (std::size_t axis = 0; axis < models::kSlidingAxes.size(); ++axis) {
      const auto [output, kernel] = models::kSlidingAxes[axis];
      touched_[axis] = shape.touched(axis, 0, shape.bound(output), 0, shape.bound(kernel));
    }
  }

  void run() { axis(0); }

 private:
  [[nodiscard]] DimArray& unroll(std::size_t axis) {
    return axis == 0 ? current_.row_unroll : current_.column_unroll;
  }
  /// Iterations that the unrolling chosen so far leaves; 1 within a group.
  [[nodiscard]] std::int64_t left(Dim dim) const {
    for (const GroupUnroll& group : current_.groups) {
      if (group.dims.contains(dim)) return 1;
    }
    const std::size_t d = index(dim);
    return base::ceil_div(shape_.bounds[d], current_.row_unroll[d] * current_.column_unroll[d]);
  }

  void axis(std::size_t number) {
    if (number == 2) {
      if (keep_(current_)) registers(0);
      return;
    }
    const Dataflow& dataflow = accelerator_.dataflow;
    const auto& dims = number == 0 ? dataflow.row_dims : dataflow.column_dims;
    const auto& groups = number == 0 ? dataflow.row_groups : dataflow.column_groups;
    const std::int64_t side = number == 0 ? accelerator_.rows : accelerator_.columns;
    for (const DimSet group : groups) {
      const bool taken =
          std::any_of(models::kAllDims.begin(), models::kAllDims.end(), [&](Dim dim) {
            return group.contains(dim) &&
                   (current_.row_unroll[index(dim)] > 1 || current_.groups[0].dims.contains(dim));
          });
      const std::int64_t factor = std::min(models::product(shape_.bounds, group), side);
      if (taken || factor == 1) continue;
      current_.groups[number] = {group, factor};
      axis(number + 1);
      current_.groups[number] = {};
    }
    spread(number, dims, 0, side);
  }

  void spread(std::size_t number, const std::vector<Dim>& dims, std::size_t at, std::int64_t room) {
    if (at == dims.size()) return axis(number + 1);
    for (const std::int64_t factor : sizes_.of(left(dims[at]))) {
      if (factor > room) continue;
      unroll(number)[index(dims[at])] = factor;
      spread(number, dims, at + 1, room / factor);
      unroll(number)[index(dims[at])] = 1;
    }
  }

  void registers(std::size_t at) {
    const auto& dims = accelerator_.dataflow.register_dims;
    if (at == dims.size()) return visit_(current_);
    std::int64_t& extent = current_.register_tile[index(dims[at])];
    for (const std::int64_t size : sizes_.of(left(dims[at]))) {
      extent = size;
      if (may_fit(current_.register_tile, touched_, room_)) registers(at + 1);
    }
    extent = 1;
  }

  const models::ProblemShape& shape_;
  const Accelerator& accelerator_;
  const RegisterRoom& room_;
  const KeepUnrolling& keep_;
  const std::function<void(const ArrayMapping&)>& visit_;
  std::array<std::int64_t, 3> touched_{};  ///< input positions of each axis
  ArrayMapping current_;
  TileSizes sizes_;
};

}  // namespace

void ArrayMapping::apply_to(Mapping& mapping) const {
  mapping.row_unroll = row_unroll;
  mapping.column_unroll = column_unroll;
  mapping.groups = groups;
  mapping.at(Level::kRegisters).tile = register_tile;
}

std::vector<std::int64_t> tile_sizes(std::int64_t bound) {
  std::vector<std::int64_t> sizes;
  if (bound > kMostBoundInFull) {
    for (std::int64_t tiles = 1; tiles < bound; tiles *= 2) {
      sizes.push_back(base::ceil_div(bound, tiles));
    }
    sizes.push_back(1);
    sizes.erase(std::unique(sizes.begin(), sizes.end()), sizes.end());
    return sizes;
  }
  for (std::int64_t size = bound; size > 0;) {
    sizes.push_back(size);
    if (size == 1) break;
    // The fewest tiles that make them smaller than `size`.
    const std::int64_t tiles = base::ceil_div(bound, size - 1);
    size = base::ceil_div(bound, tiles);
  }
  return sizes;
}

void visit_array_mappings(const models::ProblemShape& shape, const Accelerator& accelerator,
                          const RegisterRoom& room, const KeepUnrolling& keep,
                          const std::function<void(const ArrayMapping&)>& visit) {
  Visitor(shape, accelerator, room, keep, visit).run();
}

}  // namespace mensa::accelerators
