#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "onnx_import/fusion/integer_kernels.h"
#include "onnx_import/fusion/integer_steps.h"
#include "onnx_import/operator_graph/element_types.h"

namespace mensa::onnx_import {
namespace {

using models::TensorId;

bool is_move(const DraftLayer& entry) {
  return std::holds_alternative<models::MoveWork>(entry.layer.work);
}

bool selects(const DraftLayer& entry) {
  return is_move(entry) || entry.integers == IntegerForm::kSelects;
}

/// On 8 bits every function of one element is a table, and a sum of tensors has a kernel.
bool may_take_integers(const DraftLayer& entry) {
  switch (entry.role) {
    case FusionRole::kUnary:
    case FusionRole::kScale:
    case FusionRole::kShift:
    case FusionRole::kResidual:
      return true;
    case FusionRole::kNone:
      return is_move(entry) || (std::holds_alternative<models::VectorWork>(entry.layer.work) &&
                                entry.integers != IntegerForm::kNone);
    default:
      return false;
  }
}

class Placement {
 public:
  explicit Placement(Draft& draft) : uses_(draft) {}

  void run() {
    auto& layers = uses_.layers();
    for (auto at = layers.end(); at != layers.begin();) {
      --at;
      if (is_quantize(*at)) at = pull_before_moves(at);
    }
    for (auto at = layers.begin(); at != layers.end(); ++at) {
      if (take_integers(*at)) continue;
      if (selects(*at)) push_behind(at);
    }
    remove_unread_steps(uses_);
    uses_.finish();
  }

 private:
  using Place = DraftUses::Layers::iterator;

  [[nodiscard]] std::string name_of(const DraftLayer& entry) {
    return uses_.draft().groups[entry.layer.group.index()];
  }

  /// Whether all float inputs are integers before a step.
  [[nodiscard]] bool comes_from_integers(const DraftLayer& entry,
                                         const std::vector<TensorId>& floats) const {
    return std::all_of(floats.begin(), floats.end(),
                       [&](TensorId id) { return integers_of(uses_, id, entry).has_value(); });
  }

  /// Moves a step to integers before the layer that makes what it reads, where that only moves or
  /// selects; returns the place to go on from.
  Place pull_before_moves(Place step) {
    const TensorId made = step->layer.inputs.front();
    DraftLayer* mover = uses_.writer(made);
    if (mover == nullptr || !selects(*mover) || mover->layer.outputs.size() != 1 ||
        !mover->layer.epilogue.empty() || uses_.only_reader(made) != &*step ||
        !recur_alike(*mover, *step) || has_float_parameters(uses_, *mover)) {
      return step;
    }
    const std::vector<TensorId> floats = float_inputs(uses_, *mover);
    const bool free = std::all_of(floats.begin(), floats.end(), [&](TensorId id) {
      return uses_.only_reads(*mover, id) && uses_.writer(id) != nullptr &&
             !integers_of(uses_, id, *mover);
    });
    if (floats.empty() || !free) return step;
    const TensorId integers = step->layer.outputs.front();
    const models::ElementType type = uses_.tensor(integers).type;
    const DraftLayer original = *step;
    uses_.remove(*step);
    uses_.write_instead(*mover, made, integers);
    const Place before = uses_.place(*mover);
    for (const TensorId id : floats) {
      DraftLayer moved = original;
      const models::Tensor& whole = uses_.tensor(id);
      if (floats.size() > 1) moved.layer.name += "/" + whole.name;
      moved.layer.work =
          models::VectorWork{whole.elements(), whole.elements(), operations_of(original)};
      const TensorId quantized =
          uses_.add_tensor(id, fmt::format("{}/quantized", whole.name), type);
      moved.layer.inputs = {id};
      moved.layer.outputs = {quantized};
      uses_.read_instead(*mover, id, quantized);
      uses_.add(before, std::move(moved));
    }
    // Everything from the mover on is done; the steps added before it come next.
    return before;
  }

  static std::int64_t operations_of(const DraftLayer& step) {
    return std::get<models::VectorWork>(step.layer.work).operations_per_element;
  }

  /// Makes a layer between steps read and write the integers.
  bool take_integers(DraftLayer& entry) {
    if (!may_take_integers(entry) || entry.layer.outputs.size() != 1 ||
        has_float_parameters(uses_, entry)) {
      return false;
    }
    const std::vector<TensorId> floats = float_inputs(uses_, entry);
    const bool has_integers = !floats.empty() || !entry.layer.parameters.empty();
    if (!has_integers || !comes_from_integers(entry, floats)) return false;
    const TensorId made = entry.layer.outputs.front();
    if (is_float(uses_.tensor(made).type)) {
      DraftLayer* step = uses_.only_reader(made);
      if (step == nullptr || !is_quantize(*step) || !recur_alike(*step, entry)) return false;
      end_in(entry, *step);
    }
    read_integers(entry, floats);
    // Its constant has a zero point, which cannot be folded into what comes before.
    if (entry.role == FusionRole::kScale || entry.role == FusionRole::kShift) {
      entry.role = FusionRole::kUnary;
    }
    return true;
  }

  /// Takes a step to integers into the layer before it: it is part of writing the result.
  void end_in(DraftLayer& entry, DraftLayer& step) {
    entry.layer.merged.push_back(name_of(step));
    if (!is_move(entry)) {
      models::Epilogue requantization;
      requantization.op = step.layer.op;
      requantization.node = name_of(step);
      requantization.work = std::get<models::VectorWork>(step.layer.work);
      requantization.work.operations_per_element = 0;
      entry.layer.epilogue.push_back(std::move(requantization));
    }
    const TensorId integers = step.layer.outputs.front();
    const TensorId made = entry.layer.outputs.front();
    uses_.remove(step);
    uses_.write_instead(entry, made, integers);
  }

  void read_integers(DraftLayer& entry, const std::vector<TensorId>& floats) {
    for (const TensorId id : floats) {
      entry.layer.merged.push_back(name_of(*uses_.writer(id)));
      uses_.read_instead(entry, id, *integers_of(uses_, id, entry));
    }
  }

  /// Puts a step from integers behind the layer at `place`, which only moves or selects.
  void push_behind(Place place) {
    DraftLayer& mover = *place;
    const std::vector<TensorId> floats = float_inputs(uses_, mover);
    if (floats.size() != 1 || has_float_parameters(uses_, mover) || !mover.layer.epilogue.empty() ||
        !comes_from_integers(mover, floats) || !recur_alike(*uses_.writer(floats.front()), mover)) {
      return;
    }
    const DraftLayer step = *uses_.writer(floats.front());
    const TensorId integers = step.layer.inputs.front();
    uses_.read_instead(mover, floats.front(), integers);
    const models::ElementType type = uses_.tensor(integers).type;
    const std::vector<TensorId> results = mover.layer.outputs;
    for (const TensorId id : results) {
      const models::Tensor& whole = uses_.tensor(id);
      if (!is_float(whole.type)) continue;
      DraftLayer moved = step;
      moved.layer.name = fmt::format("{}/{}", step.layer.name, whole.name);
      moved.layer.work =
          models::VectorWork{whole.elements(), whole.elements(), operations_of(step)};
      const TensorId quantized =
          uses_.add_tensor(id, fmt::format("{}/quantized", whole.name), type);
      moved.layer.inputs = {quantized};
      moved.layer.outputs = {id};
      uses_.write_instead(mover, id, quantized);
      uses_.add(std::next(place), std::move(moved));
    }
  }

  DraftUses uses_;
};

}  // namespace

void place_integer_steps(Draft& draft) { Placement(draft).run(); }

}  // namespace mensa::onnx_import
