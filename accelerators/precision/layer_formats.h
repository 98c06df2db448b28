#pragma once

#include <vector>

#include "accelerators/mapping/mapping.h"
#include "accelerators/precision/precision_request.h"
#include "accelerators/spec/system.h"
#include "models/graph/graph.h"

namespace mensa::accelerators {

/// At which formats layers compute on each accelerator, and at which widths their tensors are
/// stored. The host counts as the first accelerator here: its id is one past the last one's.
///
/// An activation is stored at the widest format that the layers which read it ask for; one that
/// leaves the graph at what its producer asks for, too. With `as-model` it has the width of its
/// element type. What a recurrence hands from one step to the next has one width at both ends.
/// Vector and move layers compute at the widths of what they read.
class LayerFormats {
 public:
  /// `requests`: one for each layer, or none. Holds references to graph and system, which must
  /// outlive it.
  LayerFormats(const models::Graph& graph, const System& system, LayerPrecisions requests);

  [[nodiscard]] const LayerPrecisions& requests() const { return requests_; }
  [[nodiscard]] bool is_native(const models::Layer& layer) const {
    return request(layer).kind == PrecisionRequest::Kind::kNative;
  }

  /// Formats that the layer asks for there. Where both factors are activations the second one
  /// stands for the weights, unless the request is native.
  [[nodiscard]] FactorFormats factors(const models::Layer& layer, AcceleratorId accelerator) const;
  /// The accelerator's precision of these formats; null where it has none.
  [[nodiscard]] const Precision* precision(const models::Layer& layer,
                                           AcceleratorId accelerator) const;
  /// Why precision() is null.
  [[nodiscard]] Infeasible lacking(const models::Layer& layer, AcceleratorId accelerator) const;

  /// Stored bits of sums, and of parameters that are added to them (biases): those of precision(),
  /// else of the native precision.
  [[nodiscard]] int accumulator_bits(const models::Layer& layer, AcceleratorId accelerator) const;
  /// Stored bits of an activation.
  [[nodiscard]] int tensor_bits(models::TensorId id, AcceleratorId accelerator) const;
  /// Stored bits of what the layer leaves: the widest of its outputs.
  [[nodiscard]] int output_bits(const models::Layer& layer, AcceleratorId accelerator) const;
  /// Stored bits of a parameter of the layer's own work.
  [[nodiscard]] int parameter_bits(const models::Layer& layer, models::TensorId parameter,
                                   AcceleratorId accelerator) const;

 private:
  [[nodiscard]] const PrecisionRequest& request(const models::Layer& layer) const;
  [[nodiscard]] const Accelerator& at(AcceleratorId accelerator) const;
  [[nodiscard]] NumberFormat activation_format(const models::Layer& layer,
                                               models::TensorId activation,
                                               const Accelerator& accelerator) const;
  [[nodiscard]] std::vector<int> activation_bits(const Accelerator& accelerator) const;

  const models::Graph& graph_;
  const System& system_;
  LayerPrecisions requests_;
  /// By accelerator and tensor, of activations at activation width.
  std::vector<std::vector<int>> activation_bits_;
};

}  // namespace mensa::accelerators
