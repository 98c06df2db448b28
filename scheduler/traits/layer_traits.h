#pragma once

#include <cstdint>

#include "models/graph/graph.h"

namespace mensa::scheduler {

/// What the papers characterise a layer by: per time step, before any batching over time, with
/// parameters and activations of 8 bits whatever an accelerator does later.
struct LayerTraits {
  std::int64_t macs = 0;  ///< of one step
  std::int64_t steps = 1;
  std::int64_t parameter_bytes = 0;  ///< work and epilogue, one byte each
  std::int64_t input_bytes = 0;      ///< activations read in one step, epilogue included
  std::int64_t output_bytes = 0;     ///< activations written in one step
  /// MACs per parameter byte of one step. The papers print FLOP/B but their ranges read like MACs
  /// per byte (784 = 28 x 28 pixels, 1 for an LSTM gate); 0 where there are no parameters.
  double parameter_reuse = 0;
  /// MACs per activation byte (read and written) of one step.
  double activation_reuse = 0;
};

[[nodiscard]] LayerTraits layer_traits(const models::Graph& graph, const models::Layer& layer);

}  // namespace mensa::scheduler
