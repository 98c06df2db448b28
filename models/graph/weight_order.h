#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "models/graph/problem_shape.h"

namespace mensa::models {

/// The axes of a weight tensor that count output channels and what a product sums over.
struct ChannelAxes {
  std::size_t output = 0;
  std::size_t reduction = 1;
};

/// Where the weights of a MAC nest lie in their tensor: weight (g, k, c, t, r, s) is the element
/// whose row-major index is the sum of each index times its stride.
struct WeightOrder {
  DimArray extents = kUnitDims;  ///< of G, K, C, T, R, S; 1 of all others
  DimArray strides{};            ///< in elements; 0 where the extent is 1
};

/// Of a tensor with as many elements as the nest has weights. The output axis has G x K channels
/// and the reduction axis C, as convolutions have it; or K and G x C, as transposed ones do; or K
/// and C, where the other axes together have G, as batches of matrices and the directions of an
/// LSTM. Axes other than these follow the nest's T, R and S. Without `axes` a tensor whose
/// weights all lie along one dimension has an order, and a matrix whose shape leaves but one. None
/// where none of that is so.
[[nodiscard]] std::optional<WeightOrder> weight_order(const std::vector<std::int64_t>& shape,
                                                      const ProblemShape& nest,
                                                      std::optional<ChannelAxes> axes);

}  // namespace mensa::models
