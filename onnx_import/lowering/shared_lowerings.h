#pragma once

#include "onnx_import/lowering/layer_context.h"
#include "onnx_import/lowering/type_context.h"

// What operators of several families do alike.

namespace mensa::onnx_import {

/// Output 0 has the type and shape of input 0.
void infer_same(TypeContext& node);

/// Adds a layer that moves elements of input 0; other inputs say which, or where to.
void lower_move(LayerContext& node);

/// Adds a layer that moves the elements of all inputs.
void lower_move_of_all(LayerContext& node);

}  // namespace mensa::onnx_import
