#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/graph/graph.h"
#include "models/graph/layer.h"
#include "models/graph/tensor.h"
#include "onnx_import/operator_graph/weight_reading.h"

// Layers under construction: what lowering makes, fusion rewrites, and emission turns into a
// models::Graph, which can only grow.

namespace mensa::onnx_import {

/// What a layer may become where it stands behind another one.
enum class FusionRole : std::uint8_t {
  kNone,        ///< stays a layer
  kUnary,       ///< elementwise on one activation, as Relu
  kScale,       ///< times a constant: per channel, or one for all
  kShift,       ///< plus a constant: per channel, or one for all
  kScaleByOne,  ///< times one computed number for all, the other input
  kBatchNorm,   ///< scale and shift per channel
  kResidual,    ///< sum of activations of one shape
  kQuantize,    ///< to integers of few bits, elementwise
  kDequantize,  ///< from them, elementwise
};

/// Which elements of a tensor share a channel: `extent` channels, each with runs of `inner`
/// neighbours. Holds through views, which axes do not. extent 1: one value for the whole tensor.
struct Channels {
  std::int64_t extent = 0;  ///< 0: none
  std::int64_t inner = 0;

  bool operator==(const Channels&) const = default;
};

/// Whether a layer can read and write quantized tensors as they are. That of products is read off
/// their operands' types.
enum class IntegerForm : std::uint8_t {
  kNone,     ///< computes in floats
  kKernel,   ///< does its work on integers, each tensor with a scale of its own
  kSelects,  ///< leaves elements that it reads, with their scale
};

/// How the integers of a constant become the numbers that they stand for.
struct DraftScale {
  models::TensorId scale;
  std::optional<models::TensorId> zero_point;
  /// Partial sums of a product that have scales of their own; 1 where the whole sum has one.
  std::int64_t blocks = 1;
};

struct DraftLayer {
  models::Layer layer;
  FusionRole role = FusionRole::kNone;
  /// Of a MAC or BatchNorm layer: the channels of its result. Of a scale or shift: which elements
  /// its constant tells apart.
  Channels channels;
  IntegerForm integers = IntegerForm::kNone;
  /// The place in the epilogue of the step to integers, where fusion put one there.
  std::optional<std::size_t> quantized_at;
};

struct Draft {
  std::vector<models::Tensor> tensors;
  /// In topological order. What recurs in sequence is not yet checked to stand together.
  std::vector<DraftLayer> layers;
  std::vector<models::Recurrence> recurrences;
  std::vector<std::string> groups;
  std::vector<models::TensorId> inputs;
  std::vector<models::TensorId> outputs;
  /// Of constants whose element type is not that of the numbers they stand for.
  std::map<models::TensorId, DraftScale> scales;
  /// Of constants that products read.
  std::map<models::TensorId, std::shared_ptr<const WeightReading>> readings;

  models::TensorId add_tensor(models::Tensor tensor);
  models::RecurrenceId add_recurrence(std::string name, std::int64_t steps);
  models::GroupId add_group(std::string node_name);
  [[nodiscard]] models::Tensor& tensor(models::TensorId id) { return tensors[id.index()]; }
  [[nodiscard]] const models::Tensor& tensor(models::TensorId id) const {
    return tensors[id.index()];
  }
};

/// The finished graph: tensors that nothing refers to are left out.
[[nodiscard]] models::Graph emit_graph(Draft draft, const std::string& name,
                                       const std::vector<std::string>& notes);

}  // namespace mensa::onnx_import
