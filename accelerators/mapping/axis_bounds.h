#pragma once

#include <array>
#include <cstdint>

#include "accelerators/mapping/sliding_axes.h"

namespace mensa::accelerators {

/// Input positions that tiles of an axis touch at the least, wherever they are cut.
class AxisBounds {
 public:
  /// Holds a reference to `shape`, which `axes` must be of.
  AxisBounds(const SlidingAxes& axes, const models::ProblemShape& shape);

  /// Positions that the layer touches.
  [[nodiscard]] std::int64_t touched(std::size_t axis) const { return touched_[axis]; }
  /// Products that touch no padding.
  [[nodiscard]] std::int64_t pairs(std::size_t axis) const { return pairs_[axis]; }
  /// Summed over tiles of these extents, none of which slide.
  [[nodiscard]] std::int64_t positions(std::size_t axis, std::int64_t output_step,
                                       std::int64_t kernel_step) const;

 private:
  const models::ProblemShape& shape_;
  std::array<std::int64_t, 3> touched_{};
  std::array<std::int64_t, 3> pairs_{};
  std::array<std::int64_t, 3> overlap_{};  ///< positions that two neighbouring outputs share
  std::array<std::int64_t, 3> of_a_kernel_index_{};  ///< positions that one kernel index touches
};

}  // namespace mensa::accelerators
