#pragma once

#include <cstdint>
#include <optional>

#include "models/graph/graph.h"
#include "models/graph/joint_density.h"

namespace mensa::scheduler {

/// What the papers characterise a layer by: per time step, before any batching over time, with
/// parameters and activations of 8 bits (a byte each) whatever the model has and an accelerator
/// does later. Definitions, formulas and sources: docs/clustering.md.
struct LayerTraits {
  std::int64_t macs = 0;        ///< of one step; the papers' "MAC intensity" (recalled, grade C)
  std::int64_t operations = 0;  ///< of vector units in one step, those of the epilogue included
  std::int64_t steps = 1;       ///< of the layer's recurrence; 1 where it does not recur
  std::int64_t parameter_bytes = 0;  ///< work and epilogue
  std::int64_t input_bytes = 0;      ///< activations read in one step, epilogue included
  std::int64_t output_bytes = 0;     ///< activations written in one step

  /// MACs per parameter byte of one step, MAC/B. The papers print FLOP/B but their ranges read like
  /// MACs per byte (784 = 28 x 28 pixels, 1 for an LSTM gate); 0 where there are no parameters.
  double parameter_reuse = 0;
  /// MACs per activation byte, read and written, of one step, MAC/B.
  double activation_reuse = 0;
  /// MACs per byte of all operands, each byte once, MAC/B: what a machine balance of peak MAC/s
  /// over bandwidth compares with.
  double mac_intensity = 0;
  /// FLOP per byte of all operands, each byte once, FLOP/B: 2 for a MAC, 1 for a vector operation.
  double arithmetic_intensity = 0;

  /// Storage bits of an element of the first parameter, and of the first activation read (written,
  /// where none is read), as the model has them; 0 where there are no parameters.
  int parameter_bits = 0;
  int activation_bits = 0;
  /// Share of values that are not zero, of the work's parameters and of the activations read; none
  /// where there are none of these.
  std::optional<models::JointDensity> parameter_density = std::nullopt;
  std::optional<models::JointDensity> activation_density = std::nullopt;

  [[nodiscard]] std::int64_t activation_bytes() const { return input_bytes + output_bytes; }
  /// parameter_reuse in FLOP/B, at 2 FLOP a MAC.
  [[nodiscard]] double parameter_reuse_flops() const { return 2 * parameter_reuse; }
};

[[nodiscard]] LayerTraits layer_traits(const models::Graph& graph, const models::Layer& layer);

}  // namespace mensa::scheduler
