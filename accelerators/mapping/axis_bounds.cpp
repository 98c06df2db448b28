#include "accelerators/mapping/axis_bounds.h"

#include <algorithm>

namespace mensa::accelerators {

AxisBounds::AxisBounds(const SlidingAxes& axes, const models::ProblemShape& shape) : shape_(shape) {
  for (std::size_t axis = 0; axis < models::kSlidingAxes.size(); ++axis) {
    const auto [output, kernel] = models::kSlidingAxes[axis];
    const std::int64_t outputs = shape.bound(output);
    const std::int64_t kernels = shape.bound(kernel);
    touched_[axis] = axes.touched(axis, 0, outputs, 0, kernels);
    pairs_[axis] = axes.real_pairs(axis);
    if (outputs == 1 || kernels == 1) continue;
    // Where neither side is clipped, neighbouring outputs share `inner` positions. Padding takes
    // most away at the ends, so no two neighbours lose more than the first two and the last two do
    // together; the same holds for the positions of one kernel index.
    const auto shared = [&](std::int64_t first) {
      return axes.touched(axis, first, 1, 0, kernels) +
             axes.touched(axis, first + 1, 1, 0, kernels) -
             axes.touched(axis, first, 2, 0, kernels);
    };
    const std::int64_t stride = shape.stride[axis];
    const std::int64_t dilation = shape.dilation[axis];
    const std::int64_t inner =
        stride % dilation == 0 ? std::max<std::int64_t>(0, kernels - stride / dilation) : 0;
    overlap_[axis] = std::max<std::int64_t>(0, shared(0) + shared(outputs - 2) - inner);
    of_a_kernel_index_[axis] =
        std::max<std::int64_t>(0, axes.touched(axis, 0, outputs, 0, 1) +
                                      axes.touched(axis, 0, outputs, kernels - 1, 1) - outputs);
  }
}

std::int64_t AxisBounds::positions(std::size_t axis, std::int64_t output_step,
                                   std::int64_t kernel_step) const {
  const std::int64_t kernels = shape_.bound(models::kSlidingAxes[axis].kernel);
  if (kernel_step >= kernels) {
    // Every cut between tiles doubles at least what two neighbouring outputs share.
    const std::int64_t tiles =
        base::ceil_div(shape_.bound(models::kSlidingAxes[axis].output), output_step);
    return touched_[axis] + (tiles - 1) * overlap_[axis];
  }
  if (kernel_step == 1) return pairs_[axis];  // nothing overlaps
  return std::max(touched_[axis], base::ceil_div(kernels, kernel_step) * of_a_kernel_index_[axis]);
}

}  // namespace mensa::accelerators
