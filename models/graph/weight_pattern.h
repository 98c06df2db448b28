#pragma once

#include <cstdint>
#include <memory>

#include "models/graph/graph.h"
#include "models/graph/nonzero_bits.h"
#include "models/graph/problem_shape.h"

namespace mensa::models {

/// Which weights of a MAC nest are not zero.
struct WeightPattern {
  /// Extents of the dimensions that weights depend on (G, K, C, T, R, S); 1 of all others.
  DimArray bounds = kUnitDims;
  /// In row-major order of (G, K, T, R, S, C): the reduction over input channels runs fastest.
  NonzeroBits bits;
  std::int64_t nonzeros = 0;
  bool synthetic = false;  ///< made up from a seed
};

/// Of a layer whose only parameter is a tensor of known nonzeros, with as many elements as the nest
/// has weights, in an order that is known: output channels (G x K) along the output axis, input
/// channels along the reduction axis, the kernel's dimensions along the other axes. Null where that
/// is not so. Takes time in proportion to the weights; nothing is remembered.
[[nodiscard]] std::shared_ptr<const WeightPattern> weight_pattern(const Graph& graph,
                                                                  const Layer& layer);

}  // namespace mensa::models
