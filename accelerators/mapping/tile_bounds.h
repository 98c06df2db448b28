#pragma once

#include <array>
#include <optional>
#include <utility>

#include "accelerators/cost/mac_cost.h"
#include "accelerators/mapping/axis_bounds.h"
#include "accelerators/mapping/reuse_class.h"

namespace mensa::accelerators {

/// Energy (pJ), DRAM's included, and bytes to and from DRAM.
struct EnergyAndTraffic {
  double energy = 0;
  double dram_bytes = 0;
  double ends = 0;  ///< bytes that the first buffered tile brings and the last one takes out
};

/// The least that moves between DRAM and the buffers, for searches that prune. The argument is in
/// docs/cost-model.md.
class TileBounds {
 public:
  /// Holds references to both.
  TileBounds(const MacCostModel& model, const AxisBounds& axes);

  /// Of every mapping with just so many DRAM loops, those of `reused` innermost: operands that a
  /// buffer keeps (ArrayBound has the others).
  /// Inputs are fetched `input_share` times over for the overlap of their tiles (see
  /// input_share()).
  [[nodiscard]] TileWork work(const TileCounts& counts, ReuseClass reused,
                              double input_share = 1) const;
  /// Input positions of all buffered tiles of these extents, as a multiple of all positions, with
  /// the loops of `reused` innermost.
  [[nodiscard]] double input_share(const models::DimArray& tile, ReuseClass reused) const;
  /// Energy (pJ) of work(), DRAM's included, and bytes that pass through DRAM, in less time.
  [[nodiscard]] EnergyAndTraffic energy(const TileCounts& counts, ReuseClass reused,
                                        double input_share = 1) const;

 private:
  /// Bytes that the first tile brings and the last one takes out.
  [[nodiscard]] std::pair<double, double> end_tiles(const TileCounts& counts) const;
  /// Bytes to and from DRAM beyond those of the elements, since each transfer takes a burst, and
  /// each compressed tile has pointers.
  [[nodiscard]] DramTraffic per_tile_bytes(const TileCounts& counts, ReuseClass reused) const;

  const MacCostModel& model_;
  const models::ProblemShape& shape_;
  const AxisBounds& axes_;
  /// Bytes of the pointers that so many tiles of an operand have at the least.
  [[nodiscard]] double pointer_bytes(models::MacOperand operand, const TileCounts& counts) const;

  double burst_ = 1;   ///< bytes
  OperandSet padded_;  ///< operands each of whose transfers takes a burst
  std::array<double, models::kMacOperandCount> once_bytes_{};
  double sums_once_bytes_ = 0;
  /// Of each operand's rows or columns in DRAM, none if it has no pointers: how many there are
  /// where no tile cuts them, bytes of a pointer, and by which class of loops they are cut, if by
  /// one that is told apart.
  struct Pointers {
    double fibers = 0;
    double bytes = 0;
    std::optional<ReuseClass> cut_by;
  };
  std::array<Pointers, models::kMacOperandCount> pointers_{};
  TileWork once_;  ///< every operand moved once, and each of them once more
  std::array<TileWork, models::kMacOperandCount> again_;
  EnergyAndTraffic energy_once_;
  std::array<EnergyAndTraffic, models::kMacOperandCount> energy_again_;
};

}  // namespace mensa::accelerators
