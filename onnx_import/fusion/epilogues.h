#pragma once

#include "onnx_import/draft/draft.h"

namespace mensa::onnx_import {

/// Fuses elementwise layers into the epilogue of the layer before them, as compilers do: the
/// follower's work is done on results before they leave the accelerator.
///
/// The layer before must write one tensor that nobody else reads and that is no output of the
/// graph, and both must recur alike. Behind MAC work
/// - scales by constants, per channel or as a whole, fold into the weights: no work, no parameters;
/// - shifts by constants, per channel or as a whole, are a bias: one operation and its parameters,
///   or nothing where there is a bias already;
/// - a batch norm is both;
/// - any other elementwise work, and the above behind an epilogue that is not linear, keeps its
///   operations and parameters;
/// - a sum of activations goes to the last of its operands that can take it; the others are read
///   beside, and the layer waits for them.
/// Behind other vector work elementwise layers on one activation fuse too; constants fold only into
/// a batch norm. LSTM gates stay layers. A step from integers (DequantizeLinear) is fused only
/// behind accumulators. What is fused depends on the graph alone: layers stand in topological order
/// before and behind, and which of these orders it is makes no difference.
void fuse_epilogues(Draft& draft);

}  // namespace mensa::onnx_import
