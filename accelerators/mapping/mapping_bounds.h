#pragma once

#include <array>
#include <optional>
#include <vector>

#include "accelerators/cost/mac_cost.h"
#include "accelerators/mapping/map_space.h"

namespace mensa::accelerators {

/// Loops by the one operand that does not depend on them, and so may stay in place while they run:
/// weights over pixels (N D P Q), inputs over filters (K), outputs over windows (C T R S).
enum class ReuseClass : std::uint8_t { kPixels, kFilters, kWindows };
inline constexpr std::array<ReuseClass, 3> kReuseClasses = {
    ReuseClass::kPixels, ReuseClass::kFilters, ReuseClass::kWindows};
[[nodiscard]] constexpr ReuseClass reuse_class(models::MacOperand operand) {
  return static_cast<ReuseClass>(models::index(operand));
}
[[nodiscard]] constexpr std::size_t index(ReuseClass reuse) {
  return static_cast<std::size_t>(reuse);
}

/// Of a dimension other than G.
[[nodiscard]] constexpr ReuseClass class_of(models::Dim dim) {
  if (dim == models::Dim::K) return ReuseClass::kFilters;
  return models::kPixelDims.contains(dim) ? ReuseClass::kPixels : ReuseClass::kWindows;
}

/// Iterations of the DRAM loops.
struct TileCounts {
  std::array<std::int64_t, kReuseClasses.size()> by_class = {1, 1, 1};
  std::int64_t groups = 1;  ///< over G

  [[nodiscard]] std::int64_t all() const {
    return by_class[0] * by_class[1] * by_class[2] * groups;
  }
};

/// Energy (pJ), DRAM's included, and bytes to and from DRAM.
struct EnergyAndTraffic {
  double energy = 0;
  double dram_bytes = 0;
  double ends = 0;  ///< bytes that the first buffered tile brings and the last one takes out
};

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
  /// Of every mapping: each operand passes into the array once. Without compute cycles.
  [[nodiscard]] ArrayWork any_array() const;
  /// Cycles of the array at the least, or at the least with these tiles; fill and drain left out.
  [[nodiscard]] std::int64_t array_cycles(const ArrayMapping& mapping) const;
  [[nodiscard]] std::int64_t array_cycles(const ArrayMapping& mapping,
                                          const models::DimArray& tile) const;

  /// Of every mapping with just so many DRAM loops, those of `reused` innermost: operands that a
  /// buffer keeps (ArrayBound has the others).
  /// Inputs are fetched `input_share` times over for the overlap of their tiles (see
  /// input_share()).
  [[nodiscard]] TileWork tiles(const TileCounts& counts, ReuseClass reused,
                               double input_share = 1) const;
  /// Input positions of all buffered tiles of these extents, as a multiple of all positions, with
  /// the loops of `reused` innermost.
  [[nodiscard]] double input_share(const models::DimArray& tile, ReuseClass reused) const;
  /// Energy (pJ) of tiles(), DRAM's included, and bytes that pass through DRAM, in less time.
  [[nodiscard]] EnergyAndTraffic tile_energy(const TileCounts& counts, ReuseClass reused,
                                             double input_share = 1) const;

 private:
  struct ClassLoops;
  struct ArrayLoops;
  [[nodiscard]] ArrayLoops array_loops(const ArrayMapping& mapping) const;
  /// `times`: how often the operand that stays in place is moved.
  [[nodiscard]] AccessCounts array_counts(const ArrayMapping& mapping, const ArrayLoops& loops,
                                          ReuseClass reused, std::int64_t times) const;
  /// Input positions of all axes, summed over the tiles at the registers or at the MACs.
  [[nodiscard]] std::int64_t input_positions(const ArrayMapping& mapping, ReuseClass reused,
                                             bool at_macs, bool shared) const;
  /// The same of any array, once or for every MAC.
  [[nodiscard]] std::int64_t least_positions(bool of_every_mac) const;
  /// On one axis, summed over tiles of these extents.
  [[nodiscard]] std::int64_t positions(std::size_t axis, std::int64_t output_step,
                                       std::int64_t kernel_step) const;
  void prepare_axes();
  void prepare_tiles();
  /// Bytes that the first tile brings and the last one takes out.
  [[nodiscard]] std::pair<double, double> end_tiles(const TileCounts& counts) const;
  /// Bytes to and from DRAM beyond those of the elements, since each transfer takes a burst.
  [[nodiscard]] DramTraffic burst_padding(const TileCounts& counts, ReuseClass reused) const;

  const MacCostModel& model_;
  const models::ProblemShape& shape_;
  std::vector<models::Dim> walked_dims_;  ///< of bounds above 1
  std::array<std::int64_t, models::kMacOperandCount> whole_{};
  std::array<std::int64_t, 3> touched_{};  ///< positions of each axis that the layer touches
  std::array<std::int64_t, 3> pairs_{};    ///< products that touch no padding
  std::array<std::int64_t, 3> overlap_{};  ///< positions that two neighbouring outputs share
  std::array<std::int64_t, 3> of_a_kernel_index_{};  ///< positions that one kernel index touches
  double burst_ = 1;                                 ///< bytes
  OperandSet padded_;  ///< operands each of whose transfers takes a burst
  std::array<double, models::kMacOperandCount> once_bytes_{};
  double sums_once_bytes_ = 0;
  TileWork once_;  ///< every operand moved once, and each of them once more
  std::array<TileWork, models::kMacOperandCount> again_;
  EnergyAndTraffic energy_once_;
  std::array<EnergyAndTraffic, models::kMacOperandCount> energy_again_;
};

}  // namespace mensa::accelerators
