#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "onnx_import/lowering/layer_context.h"

// Vector work that a node brings with it, done on the results of its MAC layer.

namespace mensa::onnx_import {

/// Fuses a node's own bias (input `index`) behind its MAC layer: one addition per output element.
/// A constant is a parameter of the epilogue, an activation an operand beside the result.
void add_bias(LayerContext& node, DraftLayer& entry, std::size_t index);
/// The same for a layer that makes `elements` of the node's result.
void add_bias(LayerContext& node, DraftLayer& entry, std::size_t index, std::int64_t elements);

/// The sum with another input of the result's shape, as the shortcut of a residual block.
void add_residual(LayerContext& node, DraftLayer& entry, std::size_t index);

/// The function that a fused operator's attribute names, of `operations` for each element.
void add_activation(LayerContext& node, DraftLayer& entry, std::string_view name,
                    std::int64_t operations);

/// Accumulators times the scale of input `index` (where the node has it): one multiplication for
/// each element. A scale for each channel is a parameter.
void add_dequantization(LayerContext& node, DraftLayer& entry, std::size_t index);

/// Operations of an activation that attributes of recurrent and fused operators name, as "Relu";
/// none where it is not known.
[[nodiscard]] std::optional<std::int64_t> activation_operations(std::string_view name);

}  // namespace mensa::onnx_import
