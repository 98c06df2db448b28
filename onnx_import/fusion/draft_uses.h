#pragma once

#include <list>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "onnx_import/draft/draft.h"

namespace mensa::onnx_import {

/// The layers of a draft while they are changed: who writes and who reads each tensor. Layers keep
/// their addresses until `finish`.
class DraftUses {
 public:
  using Layers = std::list<DraftLayer>;

  explicit DraftUses(Draft& draft);
  DraftUses(const DraftUses&) = delete;
  DraftUses& operator=(const DraftUses&) = delete;

  [[nodiscard]] Layers& layers() { return layers_; }
  [[nodiscard]] Draft& draft() { return draft_; }
  [[nodiscard]] const models::Tensor& tensor(models::TensorId id) const {
    return draft_.tensor(id);
  }
  /// Null for inputs of the graph, constants and recurrent states.
  [[nodiscard]] DraftLayer* writer(models::TensorId id) const { return writers_[id.index()]; }
  /// The only layer that reads the tensor, at one place; null where there are more or none, or it
  /// leaves.
  [[nodiscard]] DraftLayer* only_reader(models::TensorId id) const;
  [[nodiscard]] bool is_read(models::TensorId id) const { return !readers_[id.index()].empty(); }
  /// Nobody but that layer reads it, at however many places, and it does not leave.
  [[nodiscard]] bool only_reads(const DraftLayer& layer, models::TensorId id) const;
  /// The tensor leaves the graph or its step of a recurrence.
  [[nodiscard]] bool leaves(models::TensorId id) const { return leaves_[id.index()]; }

  /// Makes `layer` read `to` wherever it reads `from`.
  void read_instead(DraftLayer& layer, models::TensorId from, models::TensorId to);
  /// Makes `layer` write `to` instead of `from`.
  void write_instead(DraftLayer& layer, models::TensorId from, models::TensorId to);
  /// A tensor like `like` with another name and element type.
  models::TensorId add_tensor(models::TensorId like, std::string name, models::ElementType type);
  [[nodiscard]] Layers::iterator place(const DraftLayer& layer) const { return places_.at(&layer); }
  /// Adds a layer before the one at `place`.
  DraftLayer& add(Layers::iterator place, DraftLayer layer);
  /// Takes a layer out whose results nobody reads, or another layer writes now. Returns the place
  /// behind it.
  Layers::iterator remove(DraftLayer& layer);

  /// Hands the layers back to the draft.
  void finish();

 private:
  template <class Visit>
  static void visit_reads(DraftLayer& layer, const Visit& visit) {
    for (models::TensorId& id : layer.layer.inputs) visit(id);
    for (models::Epilogue& fused : layer.layer.epilogue) {
      for (models::TensorId& id : fused.extra_inputs) visit(id);
    }
  }
  void enter(Layers::iterator place);
  void forget_read(DraftLayer& layer, models::TensorId id);

  Draft& draft_;
  Layers layers_;
  std::vector<DraftLayer*> writers_;
  /// With how often each reads.
  std::vector<std::map<DraftLayer*, int>> readers_;
  std::vector<bool> leaves_;
  std::unordered_map<const DraftLayer*, Layers::iterator> places_;
};

}  // namespace mensa::onnx_import
