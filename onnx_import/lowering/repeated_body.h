#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "onnx_import/lowering/layer_context.h"
#include "onnx_import/lowering/type_context.h"

// What Loop and Scan have in common. Their body is lowered once, into a recurrence of as many steps
// as it is run. Carried values become recurrent states. A layer that depends on none of them,
// directly or not, is time-batchable, and what it writes has all steps; everything else in the body
// is of one step.

namespace mensa::onnx_import {

/// The attribute `body` of a node; base::Error where it has none.
[[nodiscard]] const Block& body_of(const Node& node);

/// Before the body is typed: its input has the type of a value, with another shape where it takes a
/// part of it.
void type_body_input(OperatorGraph& graph, ValueId input, const Value& value, Shape shape);

/// After the body is typed: checks that a carried value keeps its type, and types the node's output
/// that has what the last step leaves. `before` is the node's input.
void type_carried(TypeContext& node, std::size_t output, std::size_t before, ValueId body_input,
                  ValueId body_output);

/// The same for an output that has what all steps leave, side by side along `axis`.
void type_collected(TypeContext& node, std::size_t output, ValueId body_output, std::int64_t steps,
                    std::size_t axis);

/// The body of a Loop or Scan on its way to layers.
class RepeatedBody {
 public:
  RepeatedBody(LayerContext& node, std::int64_t steps);

  /// A body input that starts as `initial` (none: a constant, or the step's number) and becomes
  /// `result` for the next step (none: nobody waits for it). What the last step leaves is the
  /// node's output `output`.
  void add_state(ValueId input, std::optional<models::TensorId> initial,
                 std::optional<ValueId> result, std::optional<std::size_t> output);
  /// A body input that is one step's part of a tensor from outside. `in_order`: the parts stand one
  /// behind the other.
  void add_scanned(ValueId input, models::TensorId from, bool in_order);
  /// An output of the node that has what all steps leave of a body output.
  void add_collected(ValueId result, std::size_t output, std::size_t axis);

  /// Lowers the body and binds the node's outputs.
  void lower();

 private:
  struct State {
    ValueId input;
    std::optional<models::TensorId> initial;
    std::optional<ValueId> result;
    std::optional<std::size_t> output;
    models::TensorId tensor;
  };
  struct Scanned {
    ValueId input;
    models::TensorId from;
    bool in_order = false;
    models::TensorId tensor;
  };
  struct Collected {
    ValueId result;
    std::size_t output = 0;
    std::size_t axis = 0;
  };

  void create_inputs();
  void add_slice(Scanned& scanned);
  void hand_on();
  void drop_slices();
  void find_dependent();
  void settle_tensors();
  void collect_steps(const Collected& collected);
  models::TensorId collect_part(models::TensorId part, const Collected& collected);
  models::TensorId copy(ValueId id, const std::vector<models::TensorId>& parts);
  void add_copy_to(models::TensorId all_steps, models::TensorId source);

  LayerContext& node_;
  Draft& draft_;
  const Block& body_;
  std::int64_t steps_;
  models::RecurrenceId recurrence_;
  std::vector<State> states_;
  std::vector<Scanned> scanned_;
  std::vector<Collected> outputs_;
  std::size_t first_tensor_ = 0;
  std::size_t first_layer_ = 0;
  std::set<models::TensorId> dependent_;                    ///< on a carried value
  std::set<models::TensorId> handed_on_;                    ///< what states become
  std::set<models::TensorId> read_;                         ///< by layers of the body
  std::map<models::TensorId, std::size_t> writer_;          ///< layer of the body, by tensor
  std::map<models::TensorId, models::TensorId> collected_;  ///< tensor of all steps, by one step's
};

}  // namespace mensa::onnx_import
