#include "onnx_import/fusion/integer_steps.h"

#include <algorithm>

#include "onnx_import/operator_graph/element_types.h"

namespace mensa::onnx_import {

using models::TensorId;

namespace {

bool is_step(const DraftLayer& entry, FusionRole role) {
  return entry.role == role && entry.layer.parameters.empty() && entry.layer.epilogue.empty();
}

}  // namespace

bool is_quantize(const DraftLayer& entry) { return is_step(entry, FusionRole::kQuantize); }

bool is_dequantize(const DraftLayer& entry) { return is_step(entry, FusionRole::kDequantize); }

bool recur_alike(const DraftLayer& a, const DraftLayer& b) {
  return a.layer.recurrence == b.layer.recurrence &&
         a.layer.time_batchable == b.layer.time_batchable;
}

std::optional<TensorId> integers_of(const DraftUses& uses, TensorId id, const DraftLayer& reader) {
  const DraftLayer* step = uses.writer(id);
  if (step == nullptr || !is_dequantize(*step)) return std::nullopt;
  // What is made once may be read in each step.
  if (step->layer.recurrence && !recur_alike(*step, reader)) return std::nullopt;
  return step->layer.inputs.front();
}

std::vector<TensorId> float_inputs(const DraftUses& uses, const DraftLayer& entry) {
  std::vector<TensorId> floats;
  for (const TensorId id : entry.layer.inputs) {
    if (is_float(uses.tensor(id).type) &&
        std::find(floats.begin(), floats.end(), id) == floats.end()) {
      floats.push_back(id);
    }
  }
  return floats;
}

bool has_float_parameters(const DraftUses& uses, const DraftLayer& entry) {
  return std::any_of(entry.layer.parameters.begin(), entry.layer.parameters.end(),
                     [&](TensorId id) { return is_float(uses.tensor(id).type); });
}

void remove_unread_steps(DraftUses& uses) {
  auto& layers = uses.layers();
  // From the last: a step may be the only reader of what another one makes.
  for (auto at = layers.end(); at != layers.begin();) {
    --at;
    if (!is_dequantize(*at)) continue;
    const TensorId made = at->layer.outputs.front();
    if (!uses.is_read(made) && !uses.leaves(made)) at = uses.remove(*at);
  }
}

}  // namespace mensa::onnx_import
