#pragma once

#include <array>
#include <optional>
#include <vector>

#include "accelerators/mapping/map_space.h"
#include "accelerators/mapping/tile_bounds.h"

namespace mensa::accelerators {

/// The least that mappings with one use of the array move.
struct ArrayBound {
  /// Classes with more than one iteration, which may so run innermost; one of them if none has.
  std::array<bool, kReuseClasses.size()> possible = {true, false, false};
  /// With loops of each possible class innermost at the array.
  std::array<ArrayWork, kReuseClasses.size()> by_class;
  /// What is added where the operand that then stays in place is moved once more.
  std::array<ArrayWork, kReuseClasses.size()> again;
  /// Array passes over the loops of each class, and over G. An operand that one pass holds whole
  /// needs as many buffered tiles as there are passes over the other classes.
  std::array<std::int64_t, kReuseClasses.size()> passes = {1, 1, 1};
  std::int64_t group_passes = 1;
  /// Buffered tiles at the most, since each holds an array pass.
  std::array<std::int64_t, kReuseClasses.size()> most_tiles = {1, 1, 1};

  /// Work of the slowest PE over the mean one.
  double imbalance = 1;

  /// Whether tiles may be as many as that.
  [[nodiscard]] bool allows(const TileCounts& counts) const {
    return counts.groups <= group_passes && counts.by_class[0] <= most_tiles[0] &&
           counts.by_class[1] <= most_tiles[1] && counts.by_class[2] <= most_tiles[2];
  }
  /// Whether DRAM loops of `reused` innermost may leave the operand that does not depend on them in
  /// place at the array: only if one pass holds all that there is of it in a buffered tile.
  [[nodiscard]] bool may_stay(const TileCounts& counts, ReuseClass reused) const;
  /// Under these DRAM loops: they move anew what stays in place over no DRAM loops.
  [[nodiscard]] ArrayWork under(const TileCounts& counts, std::optional<ReuseClass> staying) const;
  /// Under any.
  [[nodiscard]] ArrayWork least() const;
  [[nodiscard]] ArrayBound at_most(const ArrayBound& other) const;
};

/// Work that no mapping of the map space goes below, for searches that prune. The argument is in
/// docs/cost-model.md; a property test holds it against random mappings.
class MappingBounds {
 public:
  /// Holds a reference to `model`.
  explicit MappingBounds(const MacCostModel& model);

  /// Of every mapping that uses the array so, whatever its tiles and orders.
  [[nodiscard]] ArrayBound array(const ArrayMapping& mapping) const;
  /// array().least().
  [[nodiscard]] ArrayWork least_array(const ArrayMapping& mapping) const;
  /// Of every mapping: each operand passes into the array once. Without compute cycles.
  [[nodiscard]] ArrayWork any_array() const;
  /// Cycles of the array at the least, or at the least with these tiles; fill and drain left out.
  [[nodiscard]] std::int64_t array_cycles(const ArrayMapping& mapping) const;
  [[nodiscard]] std::int64_t array_cycles(const ArrayMapping& mapping,
                                          const models::DimArray& tile) const;

  /// Of what moves between DRAM and the buffers.
  [[nodiscard]] const TileBounds& tiles() const { return tiles_; }

 private:
  struct ClassLoops;
  struct ArrayLoops;
  [[nodiscard]] ArrayLoops array_loops(const ArrayMapping& mapping) const;
  /// ArrayBound::imbalance.
  [[nodiscard]] double imbalance(const ArrayMapping& mapping) const;
  /// `times`: how often the operand that stays in place is moved.
  [[nodiscard]] AccessCounts array_counts(const ArrayMapping& mapping, const ArrayLoops& loops,
                                          ReuseClass reused, std::int64_t times) const;
  /// Input positions of all axes, summed over the tiles at the registers or at the MACs.
  [[nodiscard]] std::int64_t input_positions(const ArrayMapping& mapping, ReuseClass reused,
                                             bool at_macs, bool shared) const;
  /// The same of any array, once or for every MAC.
  [[nodiscard]] std::int64_t least_positions(bool of_every_mac) const;

  const MacCostModel& model_;
  const models::ProblemShape& shape_;
  std::vector<models::Dim> walked_dims_;  ///< of bounds above 1
  std::array<std::int64_t, models::kMacOperandCount> whole_{};
  AxisBounds axes_;
  TileBounds tiles_;
};

}  // namespace mensa::accelerators
