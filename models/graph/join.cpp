#include "models/graph/join.h"

#include <cstddef>
#include <optional>
#include <utility>

namespace mensa::models {
namespace {

/// Moves ids of one graph to where its things stand among those of all.
class Shift {
 public:
  /// `joint` has the graphs before.
  explicit Shift(const Graph& joint)
      : tensors_(joint.tensors().size()),
        recurrences_(joint.recurrences().size()),
        groups_(joint.group_count()) {}

  [[nodiscard]] TensorId operator()(TensorId id) const { return TensorId(tensors_ + id.index()); }
  [[nodiscard]] RecurrenceId operator()(RecurrenceId id) const {
    return RecurrenceId(recurrences_ + id.index());
  }
  [[nodiscard]] GroupId operator()(GroupId id) const { return GroupId(groups_ + id.index()); }
  template <class Id>
  void apply(Id& id) const {
    id = (*this)(id);
  }
  template <class Id>
  void apply(std::optional<Id>& id) const {
    if (id) apply(*id);
  }
  template <class Id>
  void apply(std::vector<Id>& ids) const {
    for (Id& id : ids) apply(id);
  }

 private:
  std::size_t tensors_;
  std::size_t recurrences_;
  std::size_t groups_;
};

Tensor moved(Tensor tensor, const Shift& shift) {
  shift.apply(tensor.per_step_of);
  if (tensor.recurrent_state) {
    shift.apply(tensor.recurrent_state->initial);
    shift.apply(tensor.recurrent_state->next);
  }
  return tensor;
}

Layer moved(Layer layer, const Shift& shift) {
  shift.apply(layer.group);
  shift.apply(layer.inputs);
  shift.apply(layer.parameters);
  shift.apply(layer.outputs);
  for (Epilogue& fused : layer.epilogue) {
    shift.apply(fused.extra_inputs);
    shift.apply(fused.parameters);
  }
  shift.apply(layer.recurrence);
  return layer;
}

}  // namespace

Graph join(const std::string& name, const std::vector<NamedGraph>& graphs) {
  Graph joint(name);
  for (const NamedGraph& part : graphs) {
    const Graph& graph = *part.graph;
    const Shift shift(joint);
    const std::string prefix = part.name + "/";
    for (const Recurrence& recurrence : graph.recurrences()) {
      joint.add_recurrence(prefix + recurrence.name, recurrence.steps);
    }
    for (std::size_t group = 0; group < graph.group_count(); ++group) {
      joint.add_group(prefix + graph.group_name(GroupId(group)));
    }
    for (const Tensor& tensor : graph.tensors()) {
      Tensor copy = moved(tensor, shift);
      copy.name = prefix + tensor.name;
      joint.add_tensor(std::move(copy));
    }
    for (const Layer& layer : graph.layers()) {
      Layer copy = moved(layer, shift);
      copy.name = prefix + layer.name;
      joint.add_layer(std::move(copy));
    }
    for (const TensorId id : graph.inputs()) joint.mark_input(shift(id));
    for (const TensorId id : graph.outputs()) joint.mark_output(shift(id));
    for (const std::string& note : graph.notes()) joint.add_note(part.name + ": " + note);
  }
  joint.finish();
  return joint;
}

}  // namespace mensa::models
