#pragma once

#include <optional>
#include <vector>

#include "onnx_import/fusion/draft_uses.h"

namespace mensa::onnx_import {

/// A layer that does nothing but a step to integers (from integers), with one scale for all.
[[nodiscard]] bool is_quantize(const DraftLayer& entry);
[[nodiscard]] bool is_dequantize(const DraftLayer& entry);

/// Both recur alike, or not at all.
[[nodiscard]] bool recur_alike(const DraftLayer& a, const DraftLayer& b);

/// The integers that a float tensor is made of by a step from integers, as `reader` may read them.
[[nodiscard]] std::optional<models::TensorId> integers_of(const DraftUses& uses,
                                                          models::TensorId id,
                                                          const DraftLayer& reader);

/// The float inputs of a layer, each once; epilogues not counted.
[[nodiscard]] std::vector<models::TensorId> float_inputs(const DraftUses& uses,
                                                         const DraftLayer& entry);

/// Parameters of the layer's work that are floats.
[[nodiscard]] bool has_float_parameters(const DraftUses& uses, const DraftLayer& entry);

/// Takes out the steps from integers that nobody reads any more.
void remove_unread_steps(DraftUses& uses);

}  // namespace mensa::onnx_import
