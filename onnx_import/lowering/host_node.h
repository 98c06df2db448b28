#pragma once

#include "onnx_import/lowering/layer_context.h"

namespace mensa::onnx_import {

/// Lowers a node that mensa cannot take (Node::unsupported) to work of the host that reads all its
/// inputs and writes all its results, with one operation for each element of these: a guess, and
/// marked as approximate.
void lower_on_host(LayerContext& node);

}  // namespace mensa::onnx_import
