#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "models/base/ids.h"
#include "models/graph/problem_shape.h"
#include "models/graph/tensor.h"

namespace mensa::models {

using LayerId = base::Id<struct LayerTag>;
using GroupId = base::Id<struct GroupTag>;

/// Multiply-accumulates over a loop nest. `shape` is of one time step where the layer recurs.
struct MacWork {
  ProblemShape shape;
};

/// Work of a vector unit: each output element takes `operations_per_element` operations (a k x k
/// pooling k * k, a reduction as many as it has inputs per output). `elements_in` counts
/// activations, not parameters. Counts are of one time step where the layer recurs.
struct VectorWork {
  std::int64_t elements_in = 0;
  std::int64_t elements_out = 0;
  std::int64_t operations_per_element = 1;

  [[nodiscard]] std::int64_t operations() const { return elements_out * operations_per_element; }
};

/// Data that must be copied because its order in memory changes. `elements` are moved once, read
/// and written; of one time step where the layer recurs.
struct MoveWork {
  std::int64_t elements = 0;
};

using Work = std::variant<MacWork, VectorWork, MoveWork>;

/// Vector work fused behind a layer: it is applied to results before they leave the accelerator.
struct Epilogue {
  std::string op;    ///< label, as "Relu"
  std::string node;  ///< name of the model's node that was fused
  VectorWork work;   ///< per time step where the layer recurs
  /// Activations read beside the layer's own result, as the shortcut of a residual addition.
  std::vector<TensorId> extra_inputs;
  /// Parameters read, as biases and folded scales.
  std::vector<TensorId> parameters;
  /// Nodes that the fused one stands for, where they write its operator out in parts.
  std::vector<std::string> merged = {};
};

/// Layers that repeat together in sequence, since each step needs the one before.
struct Recurrence {
  RecurrenceId id;
  std::string name;
  std::int64_t steps = 1;
};

/// What one operator of the user's model (or a part of it) asks for. Values only: no accelerator,
/// no bit width of an accelerator, no decision.
struct Layer {
  LayerId id;
  std::string name;
  std::string op;  ///< operator kind, a label for people; nothing decides by it
  /// Layers made from one node of the model share it.
  GroupId group;
  Work work;
  /// Activations read, the main one first. MAC work with parameters reads one, or several that
  /// stand side by side as one (the two directions of an LSTM); MAC work without parameters reads
  /// exactly two: both factors are activations and the second takes the place of the weights.
  std::vector<TensorId> inputs;
  /// Constants read by the work itself (weights; empty where both factors are activations). A table
  /// that is read by row (an embedding) stands here as a whole; the work says how much is read.
  std::vector<TensorId> parameters;
  /// What the layer leaves after its epilogue, never empty. Where the layer recurs, a tensor with
  /// `per_step_of` holds one step, and any other all time steps.
  std::vector<TensorId> outputs;
  std::vector<Epilogue> epilogue;
  std::optional<RecurrenceId> recurrence;
  /// Set where no step needs the result of an earlier one (the input product of an LSTM): an
  /// accelerator that batches over time runs all steps at once, a GEMM with P = steps x rows. What
  /// such a layer writes has all time steps.
  bool time_batchable = false;
  /// Nodes of the model that the layer stands for besides the one it is named after: the parts of
  /// an operator that was recognised in them, and steps to and from integers that it makes
  /// needless.
  std::vector<std::string> merged = {};
  /// Runs on the host only: no accelerator has what it takes, as for sorting.
  bool host_only = false;
  /// Why the layer's figures are approximate; empty where they are what the model asks for.
  std::string approximation = {};
};

}  // namespace mensa::models
