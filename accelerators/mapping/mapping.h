#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "accelerators/spec/level.h"
#include "accelerators/spec/system.h"
#include "models/graph/problem_shape.h"

namespace mensa::accelerators {

/// The loops of one level: how it walks the tiles of the level below.
struct LevelLoops {
  /// Extents of the data that this level works on at a time: the whole problem for DRAM, the
  /// buffered tile, and what one PE keeps in its registers.
  models::DimArray tile = models::kUnitDims;
  /// Order in which the level below is walked, outermost first: a permutation of all dimensions.
  /// At the registers it is the order of single MACs.
  std::array<models::Dim, models::kDimCount> order = models::kAllDims;
};

/// Dimensions unrolled as one over an axis: their positions in a buffered tile are numbered through
/// and dealt out to `factor` PEs at a time. Such dimensions have no unrolling of their own and
/// register tiles of one; their loops over the buffered tile run as one where the first of them
/// stands in the order.
struct GroupUnroll {
  models::DimSet dims;
  std::int64_t factor = 1;
  bool operator==(const GroupUnroll&) const = default;
};

/// A tiled loop nest: DRAM walks buffered tiles, the buffers walk array passes (register tiles
/// times the spatial unrolling), each PE walks its register tile. A bound that a tile does not
/// divide leaves a remainder tile, which is run at its own size.
struct Mapping {
  std::array<LevelLoops, kLevelCount> levels;
  /// Unrolling over the rows and columns of the array: consecutive register tiles of a dimension go
  /// to consecutive PEs.
  models::DimArray row_unroll = models::kUnitDims;
  models::DimArray column_unroll = models::kUnitDims;
  /// Over the rows, then over the columns.
  std::array<GroupUnroll, 2> groups;

  [[nodiscard]] const LevelLoops& at(Level level) const { return levels[index(level)]; }
  [[nodiscard]] LevelLoops& at(Level level) { return levels[index(level)]; }
  [[nodiscard]] std::int64_t unroll(models::Dim dim) const {
    return row_unroll[models::index(dim)] * column_unroll[models::index(dim)];
  }
  /// The group that unrolls `dim`; null where it unrolls by itself.
  [[nodiscard]] const GroupUnroll* group_of(models::Dim dim) const {
    for (const GroupUnroll& group : groups) {
      if (group.dims.contains(dim)) return &group;
    }
    return nullptr;
  }
  /// The loop that walks `dim` over a buffered tile: of a group the member that stands first.
  [[nodiscard]] models::Dim walking_dim(models::Dim dim) const;
  /// Positions along `dim`, or of its whole group, in a tile of these extents.
  [[nodiscard]] std::int64_t walked_extent(models::Dim dim, const models::DimArray& extents) const;
  /// Positions that one array pass takes of what walked_extent() counts.
  [[nodiscard]] std::int64_t walked_step(models::Dim dim) const {
    const GroupUnroll* group = group_of(dim);
    return group != nullptr ? group->factor : pass_extent(dim);
  }
  /// Dimensions whose loops over a buffered tile have more than one iteration; of a group all.
  [[nodiscard]] models::DimSet walked_in_buffers() const;
  /// Extent of a dimension that one array pass covers; 1 within a group.
  [[nodiscard]] std::int64_t pass_extent(models::Dim dim) const {
    return at(Level::kRegisters).tile[models::index(dim)] * unroll(dim);
  }

  /// One line, outermost first: "dram[P4 K2] buffers[C16] rows[P32] columns[K32] registers[C2]",
  /// with the loop counts of every level; loops of one iteration are left out.
  [[nodiscard]] std::string to_string() const;

  bool operator==(const Mapping&) const = default;
};
inline bool operator==(const LevelLoops& a, const LevelLoops& b) {
  return a.tile == b.tile && a.order == b.order;
}

/// Bits of one element of each operand, and of a partial sum.
struct OperandBits {
  int weights = 8;
  int inputs = 8;
  int outputs = 8;
  int accumulators = 32;
  bool operator==(const OperandBits&) const = default;
};

/// Operands that already are, or stay, whole in the accelerator's own storage: they cost no DRAM
/// traffic in this layer and take their whole size there.
struct OperandResidency {
  bool weights = false;
  bool inputs = false;
  bool outputs = false;
  bool operator==(const OperandResidency&) const = default;
};

/// Why no mapping exists.
struct Infeasible {
  std::string resource;  ///< as "buffer activations of pascal"
  std::string need;
  std::string have;
  std::string hint;

  [[nodiscard]] std::string to_string() const;
};

}  // namespace mensa::accelerators
