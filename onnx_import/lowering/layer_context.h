#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "onnx_import/draft/draft.h"
#include "onnx_import/operator_graph/operator_graph.h"

namespace mensa::onnx_import {

/// Which tensors stand for the values of the model, shared by all nodes while they are lowered.
/// Most values have one tensor. A value has several where its parts are written by several layers,
/// side by side: the two directions of an LSTM.
class ValueTensors {
 public:
  ValueTensors(const OperatorGraph& graph, Draft& draft)
      : graph_(graph), draft_(draft), tensors_(graph.values.size()) {}

  /// Tensors of a constant or of an activation that is already written.
  [[nodiscard]] const std::vector<models::TensorId>& of(ValueId id);
  void bind(ValueId id, std::vector<models::TensorId> tensors);
  /// A new tensor of the value's name, type and shape, bound to it.
  models::TensorId create(ValueId id);
  /// A part of the constant `whole`, named "WHOLE/NAME", of that shape; the same tensor for all
  /// that ask for it.
  models::TensorId part(models::TensorId whole, std::string_view name, Shape shape);

 private:
  const OperatorGraph& graph_;
  Draft& draft_;
  std::vector<std::vector<models::TensorId>> tensors_;
  std::map<std::pair<models::TensorId, std::string>, models::TensorId> parts_;
};

/// Lowers the nodes of a block, for operators that have blocks.
class BlockLowering {
 public:
  virtual ~BlockLowering() = default;
  /// The tensors of the block's inputs are bound.
  virtual void lower_body(const Block& block) = 0;
};

/// What an operator sees of a node while it makes layers.
class LayerContext {
 public:
  LayerContext(const OperatorGraph& graph, const Node& node, Draft& draft, ValueTensors& tensors,
               BlockLowering& blocks, bool in_loop)
      : graph_(graph),
        node_(node),
        draft_(draft),
        tensors_(tensors),
        blocks_(blocks),
        in_loop_(in_loop) {}

  [[nodiscard]] const Node& node() const { return node_; }
  [[nodiscard]] const Attributes& attributes() const { return node_.attributes; }
  [[nodiscard]] const OperatorGraph& graph() const { return graph_; }
  [[nodiscard]] Draft& draft() { return draft_; }
  [[nodiscard]] ValueTensors& tensors() { return tensors_; }
  [[nodiscard]] BlockLowering& blocks() { return blocks_; }
  /// The node is in the body of a Loop: its layers get their recurrence from there.
  [[nodiscard]] bool in_loop() const { return in_loop_; }

  [[nodiscard]] bool has_input(std::size_t index) const;
  [[nodiscard]] const Value& input(std::size_t index) const;
  [[nodiscard]] const Shape& shape(std::size_t index) const { return input(index).shape; }
  [[nodiscard]] std::int64_t elements(std::size_t index) const;
  /// Somebody reads the output, and it has elements.
  [[nodiscard]] bool output_used(std::size_t index) const;
  [[nodiscard]] const Value& output(std::size_t index) const;
  [[nodiscard]] std::int64_t output_elements(std::size_t index) const;

  /// A layer named after the node, of the node's group. Parts of a node have a name of their own.
  [[nodiscard]] DraftLayer new_layer(std::string_view part = {});
  /// A tensor between two layers of the node, "NODE/NAME".
  [[nodiscard]] models::TensorId new_tensor(std::string_view name, Shape shape,
                                            models::ElementType type);
  /// The tensors of an input.
  [[nodiscard]] const std::vector<models::TensorId>& read(std::size_t index);
  /// As one tensor: parts that stand side by side are first copied together.
  [[nodiscard]] models::TensorId read_whole(std::size_t index);
  /// Adds an input to what the layer reads: as activation, or as parameter where it is constant and
  /// has more than one element.
  void add_operand(DraftLayer& entry, std::size_t index);
  /// A new tensor for an output.
  [[nodiscard]] models::TensorId write(std::size_t index);
  void add(DraftLayer entry) { draft_.layers.push_back(std::move(entry)); }

  /// Adds a layer of vector work that reads all inputs and writes output 0.
  void add_vector_layer(std::int64_t operations_per_element, FusionRole role = FusionRole::kNone);
  /// The same for a node some of whose inputs say only what to do (shapes, axes): reads `inputs`
  /// and writes all used outputs, whose elements take the operations. `host_only`: no accelerator
  /// has what it takes.
  void add_vector_layer_of(const std::vector<std::size_t>& inputs,
                           std::int64_t operations_per_element, FusionRole role = FusionRole::kNone,
                           bool host_only = false);
  /// Adds a layer that moves the elements of all used outputs and reads all inputs with data.
  void add_move_layer(const std::vector<std::size_t>& inputs);

 private:
  const OperatorGraph& graph_;
  const Node& node_;
  Draft& draft_;
  ValueTensors& tensors_;
  BlockLowering& blocks_;
  bool in_loop_;
  std::optional<models::GroupId> group_;
};

}  // namespace mensa::onnx_import
