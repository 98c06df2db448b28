#pragma once

#include "onnx_import/operator_graph/operator_graph.h"

namespace mensa::onnx_import {

/// Measures the sparsity of the constants that nodes read from the values in the model's files,
/// once for each (Value::sparsity), and notes how products read them (Value::weights). The types of
/// all values are inferred; nodes that make constants are still there. Zero is 0 or, for quantized
/// operands, their zero point: that of the operator, or of a DequantizeLinear between. Through
/// transposes, reshapes and casts a reader's axes are followed to the tensor in the file. What is
/// computed from constants otherwise, has a zero point for each channel, or is packed, stays
/// without a profile: it counts as dense.
///
/// Throws base::Error where a file cannot be read any more.
void annotate_sparsity(OperatorGraph& graph);

}  // namespace mensa::onnx_import
