#include "accelerators/mapping/check_mapping.h"

#include <fmt/format.h>

#include <algorithm>

#include "accelerators/mapping/loop_orders.h"
#include "models/base/error.h"

namespace mensa::accelerators {

using models::Dim;
using models::index;

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
    if (mapping.row_unroll[d] > accelerator.rows ||
        mapping.column_unroll[d] > accelerator.columns) {
      fail(
          fmt::format("unrolls {} {} times over rows and {} times over columns, beyond the {}x{} "
                      "PEs of {}",
                      name, mapping.row_unroll[d], mapping.column_unroll[d], accelerator.rows,
                      accelerator.columns, accelerator.name));
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
  if (!is_allowed(mapping.at(Level::kBuffers).order, array_blocks(accelerator.dataflow),
                  mapping.walked_in_buffers())) {
    fail(fmt::format("dataflow {} does not allow that order of the loops over a buffered tile",
                     accelerator.dataflow.name));
  }
}

}  // namespace mensa::accelerators
