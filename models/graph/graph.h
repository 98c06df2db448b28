#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/graph/layer.h"
#include "models/graph/tensor.h"

namespace mensa::models {

/// The layer graph of one model: tensors, layers, recurrences and who feeds whom.
/// Built once by an importer through the add_* calls, then `finish()`ed and only read.
///
/// Edges run from the layer that writes a tensor to each layer that reads it (through work or
/// epilogue), and from the writer of a recurrent state's initial value to the readers of the state.
/// What a recurrence hands from one step to the next is no edge: the graph has no cycle.
class Graph {
 public:
  explicit Graph(std::string name);
  ~Graph();
  Graph(Graph&&) noexcept;
  Graph& operator=(Graph&&) noexcept;
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;

  // --- building -------------------------------------------------------------------------------
  /// `tensor.id` is set by the graph; a null sparsity becomes "assumed dense".
  TensorId add_tensor(Tensor tensor);
  RecurrenceId add_recurrence(std::string name, std::int64_t steps);
  /// A new id for the layers that one node of the model becomes.
  GroupId add_group(std::string node_name);
  /// `layer.id` is set by the graph. Each tensor has at most one writer.
  LayerId add_layer(Layer layer);
  void mark_input(TensorId id);
  void mark_output(TensorId id);
  /// Adds a line that every report repeats, as what an importer approximated.
  void add_note(std::string note);
  /// Builds the edges and checks the whole: shapes and counts valid and below 2^53, one writer per
  /// tensor, no cycle, every activation that is read written by a layer, a recurrent state or an
  /// input of the graph. Throws base::Error naming the layers.
  void finish();

  // --- reading --------------------------------------------------------------------------------
  [[nodiscard]] const std::string& name() const;
  [[nodiscard]] const std::vector<Layer>& layers() const;
  [[nodiscard]] const Layer& layer(LayerId id) const;
  [[nodiscard]] const std::vector<Tensor>& tensors() const;
  [[nodiscard]] const Tensor& tensor(TensorId id) const;
  [[nodiscard]] const std::vector<Recurrence>& recurrences() const;
  [[nodiscard]] const Recurrence& recurrence(RecurrenceId id) const;
  [[nodiscard]] std::size_t group_count() const;
  [[nodiscard]] const std::string& group_name(GroupId id) const;
  [[nodiscard]] const std::vector<TensorId>& inputs() const;
  [[nodiscard]] const std::vector<TensorId>& outputs() const;
  [[nodiscard]] const std::vector<std::string>& notes() const;

  /// The layer that writes a tensor; none for inputs and constants.
  [[nodiscard]] std::optional<LayerId> producer(TensorId id) const;
  /// The layers that read a tensor (or start from it, where it is the initial value of a recurrent
  /// state), in topological order, each once.
  [[nodiscard]] const std::vector<LayerId>& consumers(TensorId id) const;
  /// Direct predecessors and successors, sorted by id, each once.
  [[nodiscard]] std::vector<LayerId> predecessors(LayerId id) const;
  [[nodiscard]] std::vector<LayerId> successors(LayerId id) const;
  /// All layers, producers first; among the ready ones the lowest id first; the layers of one
  /// recurrence that are not time-batchable stand together. Deterministic.
  [[nodiscard]] const std::vector<LayerId>& topological_order() const;

  /// Time steps that a layer repeats; 1 where it does not recur.
  [[nodiscard]] std::int64_t steps(const Layer& layer) const;
  /// MACs of one layer over all its steps, and of the model.
  [[nodiscard]] std::int64_t macs(const Layer& layer) const;
  [[nodiscard]] std::int64_t macs() const;
  /// Parameter elements a layer reads, epilogues included.
  [[nodiscard]] std::int64_t parameter_elements(const Layer& layer) const;
  /// Distinct parameter elements of the model (shared ones once).
  [[nodiscard]] std::int64_t parameter_elements() const;
  /// Activations a layer reads (work and epilogue) over all steps, each tensor once.
  [[nodiscard]] std::vector<TensorId> activation_inputs(const Layer& layer) const;

  /// Elements of a tensor that one step of a layer reads or writes: all of it where the layer does
  /// not recur or the tensor is of one step, one step's share of a tensor of all steps, and of a
  /// tensor from outside of the recurrence what the layer's work says, at most all.
  [[nodiscard]] std::int64_t elements_per_step(const Layer& layer, TensorId id) const;

  /// Graphviz text of the layers and the tensors between them.
  void write_dot(std::ostream& out) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mensa::models
