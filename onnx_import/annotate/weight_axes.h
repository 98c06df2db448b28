#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <numeric>
#include <optional>
#include <vector>

#include "models/graph/sparsity.h"
#include "onnx_import/annotate/structure.h"

namespace mensa::onnx_import {

/// A weight tensor in row-major order with its axes merged to five: `before`, the first of output
/// and reduction axis, `between`, the other one, `behind`.
struct WeightAxes {
  std::int64_t before = 1;
  std::int64_t between = 1;
  std::int64_t behind = 1;
  std::int64_t outputs = 1;
  std::int64_t reduction = 1;
  bool output_first = true;

  WeightAxes(const Shape& shape, WeightLayout layout)
      : outputs(shape[layout.output_axis]),
        reduction(shape[layout.reduction_axis]),
        output_first(layout.output_axis < layout.reduction_axis) {
    const auto [first, second] = std::minmax(layout.output_axis, layout.reduction_axis);
    const auto product = [&](std::size_t from, std::size_t to) {
      return std::accumulate(shape.begin() + static_cast<std::ptrdiff_t>(from),
                             shape.begin() + static_cast<std::ptrdiff_t>(to), std::int64_t{1},
                             std::multiplies<>());
    };
    before = product(0, first);
    between = product(first + 1, second);
    behind = product(second + 1, shape.size());
  }

  [[nodiscard]] std::int64_t elements() const {
    return before * between * behind * outputs * reduction;
  }
  [[nodiscard]] std::int64_t channels() const { return before * outputs; }
  [[nodiscard]] std::int64_t values_per_channel() const { return between * behind * reduction; }
  /// Groups of four along the reduction axis.
  [[nodiscard]] std::int64_t groups() const {
    return before * outputs * between * behind * fours(reduction);
  }
  [[nodiscard]] std::int64_t blocks() const {
    return before * fours(outputs) * between * behind * fours(reduction);
  }
  [[nodiscard]] static std::int64_t fours(std::int64_t extent) { return (extent + 3) / 4; }
};

/// Summary of the values per channel.
[[nodiscard]] models::ChannelSparsity channel_sparsity(std::vector<std::int64_t> nonzeros,
                                                       std::int64_t values_per_channel);

/// The strictest pattern that a reduction axis of that extent keeps: by its groups of four, and
/// whether a group of eight has more than four values.
[[nodiscard]] std::optional<models::GroupPattern> strictest_pattern(
    std::int64_t reduction, const std::array<std::int64_t, 5>& groups_of_4, bool beyond_4_of_8);

}  // namespace mensa::onnx_import
