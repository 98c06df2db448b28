#pragma once

#include "onnx_import/lowering/layer_context.h"
#include "onnx_import/lowering/type_context.h"

namespace mensa::onnx_import {

/// Sets output 0 to what a pooling window leaves of input 0, in the layout that the attribute
/// channels_last says.
void infer_window_pooling(TypeContext& node);
/// Adds its layer: `operations` for each position of the window, and `once` for each result.
void lower_window_pooling(LayerContext& node, std::int64_t operations, std::int64_t once);

/// The same for a window over all spatial axes.
void infer_global_pooling(TypeContext& node);
void lower_global_pooling(LayerContext& node, std::int64_t operations, std::int64_t once);

/// Poolings that take the mean.
void lower_average_pool(LayerContext& node);
void lower_global_average_pool(LayerContext& node);

}  // namespace mensa::onnx_import
