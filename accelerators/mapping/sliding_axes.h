#pragma once

#include <array>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "accelerators/mapping/mapping.h"
#include "accelerators/mapping/transfer_sizes.h"

namespace mensa::accelerators {

/// Which input positions a tile is charged for.
enum class InputPositions : std::uint8_t {
  kTouched,      ///< those that a product really reads
  kBoundingBox,  ///< all between the first and the last of them on each axis, as Timeloop has it
};

/// How loops cut an axis along which windows slide.
struct AxisTiling {
  struct Tiles {
    std::size_t slides_at = kLevelCount;  ///< level whose consecutive tiles overlap, if any
    std::int64_t buffered = 0;
    std::int64_t pass = 0;
    std::int64_t step = 0;  ///< of the pass that one PE, or all that share, take
    bool operator==(const Tiles&) const = default;
  };
  std::size_t axis = 0;
  bool over_passes = false;  ///< array passes count too; else `pass` and `step` are 0
  Tiles outputs;
  Tiles kernels;
  bool operator==(const AxisTiling&) const = default;
};

/// Input positions that the tiles of an axis bring, and how many tiles bring equally many; the
/// latter of buffered tiles only.
struct AxisTiles {
  std::int64_t positions = 0;
  std::vector<TransferSizes::Pieces> transfers;
};

/// Input positions along the axes of one shape. Remembers what it was asked; not for use by two
/// threads at once.
class SlidingAxes {
 public:
  SlidingAxes(const models::ProblemShape& shape, InputPositions positions);

  [[nodiscard]] InputPositions positions() const { return positions_; }
  /// Distinct real positions that these outputs touch with these kernel indices.
  [[nodiscard]] std::int64_t touched(std::size_t axis, std::int64_t output_begin,
                                     std::int64_t output_count, std::int64_t kernel_begin,
                                     std::int64_t kernel_count) const;
  /// Those of the whole axis.
  [[nodiscard]] std::int64_t whole(std::size_t axis) const { return whole_[axis]; }
  /// Pairs of an output and a kernel index that touch no padding.
  [[nodiscard]] std::int64_t real_pairs(std::size_t axis) const { return real_pairs_[axis]; }
  /// The most that a tile of these extents touches wherever it lies.
  [[nodiscard]] std::int64_t most_of_a_tile(std::size_t axis, std::int64_t outputs,
                                            std::int64_t kernels) const;
  /// The answer stays where it is as long as this does.
  [[nodiscard]] const AxisTiles& tiles(const AxisTiling& tiling);

 private:
  struct Hash {
    std::size_t operator()(const AxisTiling& tiling) const;
  };
  /// visit(positions not yet there, number of such tiles)
  template <class Visit>
  void visit_tiles(const AxisTiling& tiling, Visit&& visit) const;

  models::ProblemShape shape_;
  InputPositions positions_;
  std::array<std::int64_t, 3> whole_{};
  std::array<std::int64_t, 3> real_pairs_{};
  std::unordered_map<AxisTiling, AxisTiles, Hash> memo_;
};

}  // namespace mensa::accelerators
