#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/base/ids.h"
#include "models/graph/tensor.h"
#include "onnx_import/operator_graph/attributes.h"
#include "onnx_import/operator_graph/constant_data.h"
#include "onnx_import/operator_graph/weight_reading.h"

// The model as its file has it: operators that read and write values. Import works on it in steps,
// each of which sees the whole: names are resolved when it is built (loading/), nodes sorted and
// dead ones dropped (sort.h, prune.h), every value gets its type and constants are folded
// (inference/), then each node is lowered to layers (lowering/).

namespace mensa::onnx_import {

using ValueId = base::Id<struct ValueTag>;

/// How a constant's integers become the numbers that they stand for.
struct WeightScale {
  ValueId scale;                      ///< one for all, for each channel, or for each block
  std::optional<ValueId> zero_point;  ///< of the scale's shape; none where it is 0
  /// Blocks along the axis that is cut into blocks with scales of their own; 1 where none is.
  std::int64_t blocks = 1;
};

/// A tensor in a sequence: another value, or a part of one along one axis.
struct SequenceItem {
  ValueId source;
  Shape shape;
  bool part = false;
};

/// What a node reads or writes, in any block of the model; belongs to OperatorGraph::values.
struct Value {
  std::string name;
  // Known from the start for constants and block inputs of the outermost graph; for the others set
  // by inference, and never where the node that makes the value is not supported.
  bool typed = false;
  models::ElementType type = models::ElementType::kFloat32;
  Shape shape;
  /// Fixed in the model: an initializer, or computed from constants alone.
  bool constant = false;
  /// The model does not hold the values, as in a file without weights.
  bool values_unknown = false;
  /// The values, for small constants of integers or bools.
  std::optional<std::vector<std::int64_t>> integers;
  /// The values, for small constants of floats, each one that its element type can hold.
  std::optional<std::vector<double>> floats;
  /// Where the elements are, for constants that the file holds.
  std::shared_ptr<const TensorContents> contents;
  /// How many of the elements are zero and how they lie, once it is known (annotate/).
  std::shared_ptr<const models::SparsityProfile> sparsity;
  /// Of constants that are no views: how the first product reads them, once it is known
  /// (annotate/).
  std::shared_ptr<const WeightReading> weights;
  /// Set where this is another value with its elements in the same order, or a reordering of a
  /// constant, or a constant whose elements stand for numbers of another type (dequantized
  /// weights): no layer makes it, and both stand for one tensor. Never itself a view.
  std::optional<ValueId> view_of;
  /// Set where the elements stand for numbers of another type: what they are multiplied by.
  std::optional<WeightScale> decoded_by;
  /// Set where this is no tensor but a sequence of tensors: what it holds. Such a value counts as
  /// constant; nodes that take tensors out read these themselves.
  std::shared_ptr<const std::vector<SequenceItem>> sequence;
  /// Some node that is not dead reads it, or it leaves its block.
  bool used = false;
};

struct Block;

struct Node {
  std::string name;        ///< unique in the model; made up where the file has none
  std::string op;          ///< "Conv"
  std::string domain;      ///< "" for ONNX's own
  std::int64_t opset = 0;  ///< version of ONNX's own operators here; functions may have their own
  std::vector<std::optional<ValueId>> inputs;   ///< none where an optional one is left out
  std::vector<std::optional<ValueId>> outputs;  ///< none where it has no name
  Attributes attributes;
  /// Graphs that are attributes, by attribute name ("body").
  std::map<std::string, std::unique_ptr<Block>> blocks;
  /// Values from outside that the node's blocks read.
  std::vector<ValueId> captures;
  /// Nodes of the file that this one stands for besides the one whose name it has (fusion/).
  std::vector<std::string> merged;
  /// Set by inference of a Loop: how often its body runs.
  std::int64_t steps = 0;
  /// Set by inference: the nodes of the only block that is left are to stand in the node's place.
  bool inlined = false;
  /// Set by inference on a node that mensa cannot take and that is to run on the host all the same:
  /// why it cannot.
  std::optional<std::string> unsupported;
  /// Set by inference where the node's layers cannot be what really runs: why.
  std::string approximation;
};

/// A graph of nodes: the model's own, or the body of a Loop.
struct Block {
  std::vector<Node> nodes;
  std::vector<ValueId> inputs;
  std::vector<ValueId> outputs;
};

/// One axis of a model input as the file declares it: an extent, or a name for an open one (empty
/// where it has none).
struct DeclaredAxis {
  std::optional<std::int64_t> extent;
  std::string name;
};

struct DeclaredInput {
  ValueId value;
  std::optional<std::vector<DeclaredAxis>>
      axes;  ///< none where the file does not even say how many
};

/// What the file says of the type of a value that some node makes; nothing vouches for it.
struct DeclaredType {
  models::ElementType type = models::ElementType::kFloat32;
  std::vector<DeclaredAxis> axes;
};

struct OperatorGraph {
  std::string path;  ///< of the file, for messages
  std::string name;
  std::int64_t opset = 0;  ///< of ONNX's own domain
  /// Versions of the operator sets that the model uses, by domain ("" for ONNX's own).
  std::map<std::string, std::int64_t> opsets;
  std::vector<Value> values;
  std::vector<DeclaredInput> inputs;  ///< without those that are initializers
  /// Of the values that have one, inputs left out.
  std::map<ValueId, DeclaredType> declared;
  /// Values of named axes, once inputs are bound.
  std::map<std::string, std::int64_t> dimensions;
  Block main;
  std::vector<std::string> notes;

  [[nodiscard]] const Value& value(ValueId id) const { return values[id.index()]; }
  [[nodiscard]] Value& value(ValueId id) { return values[id.index()]; }
  /// The value that `id` is a view of; itself where it is none.
  [[nodiscard]] ValueId root(ValueId id) const { return value(id).view_of.value_or(id); }
};

}  // namespace mensa::onnx_import
