#pragma once

#include "onnx_import/operator_graph/operator_graph.h"

namespace mensa::onnx_import {

/// Sets Value::sparsity of activations that have none yet, where the operator that makes them says
/// something of their zeros. `graph` is sorted and typed.
/// - What a ReLU leaves (Relu, Clip from 0 on, Max with zeros, and the same as an activation of
///   FusedConv and FusedGemm) has a default by its relative depth (ReluDensities).
/// - What only moves, copies or picks elements, or changes their type or scale, keeps the density
/// of
///   what it reads; Concat has the mean by elements, and so has padding, with what it fills in. The
///   weakest origin is that of the result.
/// - A maximum over a window of k of non-negative values is zero where all of them are. Were zeros
///   independent, that would leave a density of 1 - (1 - d)^k. In feature maps zeros stand
///   together, so that fewer are lost: the density is not understated.
/// - All else, and every input of the model, keeps none: it counts as dense.
void annotate_activations(OperatorGraph& graph);

}  // namespace mensa::onnx_import
