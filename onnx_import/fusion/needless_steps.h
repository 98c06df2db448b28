#pragma once

#include "onnx_import/operator_graph/operator_graph.h"

namespace mensa::onnx_import {

/// Takes steps to and from integers (QuantizeLinear, DequantizeLinear) out that need not be done.
/// The graph's types are inferred. A node whose result leaves its block stays.
/// - Of several that make the same integers of the same value, as exporters write one for each
///   reader, one is left.
/// - A step to integers behind a step from them, with the same scale and zero point, gives back
/// what
///   was there: it becomes a view. Adds a note that counts these.
void remove_needless_steps(OperatorGraph& graph);

}  // namespace mensa::onnx_import
