#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "onnx_import/lowering/layer_context.h"
#include "onnx_import/lowering/type_context.h"

// What LSTM, GRU and RNN have in common. A node becomes, for each direction, a group of layers tied
// by a recurrence of as many steps as the sequence has:
//
//   NAME/input_product   MAC, [batch, I] x [I, gates H] in each step; all steps at once where
//                        allowed
//   NAME/hidden_product  MAC, [batch, H] x [H, gates H] in each step; reads the state NAME/h
//   NAME/gates           vector work on [batch, H] in each step; reads both products and states,
//                        writes what the node's results need
//
// The states are tensors that nobody writes (models::RecurrentState). With two directions each has
// layers and a recurrence of its own, and their results stand side by side as parts of one value.
// In the body of a Loop a sequence has one step: the layers then belong to the Loop's recurrence
// and its states.

namespace mensa::onnx_import {

/// Inputs and outputs that stand in the same place for all of them.
enum RecurrentInput : std::size_t {
  kRecurrentX,
  kRecurrentW,
  kRecurrentR,
  kRecurrentB,
  kRecurrentLengths,
  kRecurrentInitialH,
  kRecurrentInitialC,  ///< LSTM only
  kRecurrentP,         ///< LSTM only: peepholes
};
enum RecurrentOutput : std::size_t { kRecurrentY, kRecurrentYH, kRecurrentYC };

/// How one of the operators differs from the others.
struct RecurrentCell {
  std::int64_t gates = 1;  ///< products for each hidden element
  /// W is [directions, inputs, gates x hidden] and R likewise, not the other way round.
  bool transposed_weights = false;
  /// Names of the activations that stand in where the attribute `activations` is missing.
  std::vector<std::string_view> activations;
};

struct RecurrentExtents {
  /// Steps that do work: those of the longest sequence.
  std::int64_t steps = 0;
  std::int64_t padded_steps = 0;  ///< of the input
  std::int64_t batch = 0;
  std::int64_t inputs = 0;
  std::int64_t hidden = 0;
  std::int64_t directions = 1;
  bool batch_first = false;

  /// Of Y_h and Y_c.
  [[nodiscard]] Shape state_shape() const {
    return batch_first ? Shape{batch, directions, hidden} : Shape{directions, batch, hidden};
  }
};

/// Checks the inputs that all have and sets the types of Y and Y_h. Shorter sequences of a batch
/// run masked to the end of the longest. Throws base::Error where extents do not fit; unsupported
/// are computed weights and, in a Loop, sequences of several steps.
RecurrentExtents infer_recurrent(TypeContext& node, const RecurrentCell& cell);

/// Throws base::Error where the input is there with another shape.
void check_input_shape(const TypeContext& node, std::size_t index, std::string_view name,
                       const Shape& needed);

/// Builds the layers of one direction.
class RecurrentDirection {
 public:
  [[nodiscard]] LayerContext& node() { return node_; }
  [[nodiscard]] const RecurrentExtents& extents() const { return extents_; }
  [[nodiscard]] bool has_biases() const { return node_.has_input(kRecurrentB); }
  /// Operations of the activation function at that place in the cell's list.
  [[nodiscard]] std::int64_t activation_operations(std::size_t place) const;

  /// The tensor of pre-activations that the input product writes.
  models::TensorId add_input_product();
  /// A product of [batch, H] with `weights`, `gates` for each hidden element, named `name`.
  models::TensorId add_hidden_product(std::string_view name, models::TensorId hidden,
                                      models::TensorId weights, std::int64_t gates);
  /// The state that the step reads, from the node's input `initial` where it has one: the Loop's
  /// value in a Loop, else one of the recurrence.
  models::TensorId state(std::string_view name, std::size_t initial);
  /// The tensors for Y and Y_h that somebody reads, added to the layer's outputs, and `state` made
  /// to become the new one in the next step.
  void write_hidden(models::Layer& gates, models::TensorId state);
  /// The same for Y_c.
  void write_cell_state(models::Layer& gates, models::TensorId state);

  /// With one direction the whole constant, else this direction's part of it; shared by all nodes
  /// that read it.
  [[nodiscard]] models::TensorId parameter(std::size_t index);
  /// `rows` along the second axis of this direction of a constant, as a tensor of their own.
  [[nodiscard]] models::TensorId parameter_rows(std::size_t index, std::string_view name,
                                                std::int64_t rows);
  [[nodiscard]] models::TensorId new_tensor(std::string_view name, Shape shape, bool per_step);
  [[nodiscard]] DraftLayer new_layer(std::string_view name);

 private:
  friend class RecurrentLowering;
  RecurrentDirection(LayerContext& node, const RecurrentCell& cell, const RecurrentExtents& extents,
                     std::size_t direction);

  [[nodiscard]] std::string direction_name() const;
  /// As new_tensor, with the model's own name where the tensor is the whole of a result.
  models::TensorId new_result(std::size_t output, std::string_view name, Shape shape,
                              bool per_step);
  void hand_on(models::TensorId state, models::TensorId next);

  LayerContext& node_;
  const RecurrentCell& cell_;
  const RecurrentExtents& extents_;
  std::size_t direction_;
  std::string part_;  ///< "", "forward/" or "reverse/"
  std::optional<models::RecurrenceId> recurrence_;
  std::array<std::vector<models::TensorId>, 3> results_;  ///< parts of Y, Y_h and Y_c
};

/// Adds the layers of all directions, each by a call of `lower_cell`.
void lower_recurrent(LayerContext& node, const RecurrentCell& cell,
                     void (*lower_cell)(RecurrentDirection&));

}  // namespace mensa::onnx_import
