#pragma once

#include <cstddef>

#include "onnx_import/lowering/layer_context.h"

namespace mensa::onnx_import {

/// Fuses a node's own bias (input `index`) behind its MAC layer: one addition per output element.
/// A constant is a parameter of the epilogue, an activation an operand beside the result.
void add_bias(LayerContext& node, DraftLayer& entry, std::size_t index);

}  // namespace mensa::onnx_import
