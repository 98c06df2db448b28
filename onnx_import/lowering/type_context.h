#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "onnx_import/import.h"
#include "onnx_import/operator_graph/operator_graph.h"

namespace mensa::onnx_import {

/// Thrown where a node is valid ONNX, but asks for what mensa cannot take; collected over the
/// model.
struct Unsupported {
  std::string why;
};

/// Infers the types of the values that a block of nodes makes, for operators that have blocks.
class BlockInference {
 public:
  virtual ~BlockInference() = default;
  /// The types of the block's inputs are set. Returns false where an output stays without a type,
  /// since something in the block is not supported.
  virtual bool infer_body(Block& block) = 0;
  /// The same for a block that runs once at most, in the place of its node.
  virtual bool infer_branch(Block& block) = 0;
  /// What the user wants of a node whose branch nothing in the model decides.
  [[nodiscard]] virtual std::optional<Branch> chosen_branch(const Node& node) = 0;
};

/// What an operator sees of a node while types are inferred, and the place to put its results.
/// Inputs are numbered as ONNX numbers them; an input that is left out is not there.
class TypeContext {
 public:
  TypeContext(OperatorGraph& graph, Node& node, BlockInference& blocks, std::int64_t batch,
              bool in_loop)
      : graph_(graph), node_(node), blocks_(blocks), batch_(batch), in_loop_(in_loop) {}

  [[nodiscard]] const Node& node() const { return node_; }
  [[nodiscard]] const Attributes& attributes() const { return node_.attributes; }
  [[nodiscard]] std::int64_t opset() const { return node_.opset; }
  /// The batch size that the user asked for; 0 where the file's stays.
  [[nodiscard]] std::int64_t batch() const { return batch_; }
  /// The node is in the body of a Loop.
  [[nodiscard]] bool in_loop() const { return in_loop_; }

  [[nodiscard]] std::size_t input_count() const { return node_.inputs.size(); }
  [[nodiscard]] bool has_input(std::size_t index) const;
  /// Error where the input is not there.
  [[nodiscard]] const Value& input(std::size_t index) const;
  [[nodiscard]] const Shape& shape(std::size_t index) const { return input(index).shape; }
  /// The values of an integer input; unsupported where they are not known, naming `what`.
  [[nodiscard]] const std::vector<std::int64_t>& integers(std::size_t index,
                                                          std::string_view what) const;
  /// The same of an input of any numeric type.
  [[nodiscard]] std::vector<double> numbers(std::size_t index, std::string_view what) const;
  /// The values of an attribute or, where that is missing, of an input: operators moved many of
  /// their attributes to inputs from one operator set to the next. None where there is neither.
  [[nodiscard]] std::optional<std::vector<std::int64_t>> attribute_or_input(
      std::string_view attribute, std::size_t index) const;

  [[nodiscard]] std::size_t output_count() const { return node_.outputs.size(); }
  [[nodiscard]] bool has_output(std::size_t index) const;
  /// Somebody reads the output.
  [[nodiscard]] bool output_used(std::size_t index) const;

  /// An output that is there, as set so far.
  [[nodiscard]] const Value& output(std::size_t index) const {
    return graph_.value(node_.outputs.at(index).value());
  }

  /// Sets the type of an output; nothing where it has no name. Error where the shape is not valid.
  void set_output(std::size_t index, models::ElementType type, Shape shape);
  /// After set_output: the output's values are known; as many as the shape has elements. Where one
  /// is none of the output's type they stay unknown.
  void set_integers(std::size_t index, std::vector<std::int64_t> values);
  /// The same for an output of floats; each is rounded to its type.
  void set_floats(std::size_t index, std::vector<double> values);
  /// After set_output: where the output's elements are in the file.
  void set_contents(std::size_t index, std::shared_ptr<const TensorContents> contents);
  /// After set_output: the output's values are not in the model.
  void set_values_unknown(std::size_t index);
  /// Instead of set_output: the output has the elements of an input in the same order.
  void set_view(std::size_t output, std::size_t input, Shape shape);
  /// Instead of set_output: the output is a constant input with its elements in another order.
  void set_reordered_constant(std::size_t output, std::size_t input, Shape shape);
  /// Instead of set_output: the output has the values that a constant input stands for in elements
  /// of another type, as of integers with a scale. Their tensor stays the input's.
  void set_decoded_constant(std::size_t output, std::size_t input, models::ElementType type,
                            const WeightScale& scale);
  /// Instead of set_output: the output is another value, of the node's blocks or of what they read.
  void set_alias(std::size_t output, ValueId source);

  /// `axis` made non-negative; Error where it is not in [-rank, rank).
  [[nodiscard]] std::size_t checked_axis(std::int64_t axis, std::size_t rank) const;
  /// The axis of input 0 that the attribute `axis` names, or `otherwise`; Error as above.
  [[nodiscard]] std::size_t axis_or(std::int64_t otherwise) const;
  /// `index` made non-negative; Error where it is not in [-extent, extent).
  [[nodiscard]] static std::int64_t checked_index(std::int64_t index, std::int64_t extent);

  [[nodiscard]] OperatorGraph& graph() { return graph_; }
  [[nodiscard]] Node& mutable_node() { return node_; }
  [[nodiscard]] BlockInference& blocks() { return blocks_; }
  /// Adds a line to the model's notes.
  void note(std::string line) { graph_.notes.push_back(std::move(line)); }
  /// Adds a line to the model's notes, and to the node's layers as why they are approximate.
  void approximate(const std::string& line) {
    note(line);
    node_.approximation = line;
  }

  /// The model is not valid. Throws base::Error; the caller of the operator adds file and node.
  [[noreturn]] static void fail(std::string_view what);
  [[noreturn]] static void unsupported(std::string why) { throw Unsupported{std::move(why)}; }

 private:
  OperatorGraph& graph_;
  Node& node_;
  BlockInference& blocks_;
  std::int64_t batch_;
  bool in_loop_;
};

}  // namespace mensa::onnx_import
