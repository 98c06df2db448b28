#pragma once

#include "onnx_import/operator_graph/operator_graph.h"

namespace mensa::onnx_import {

/// Puts one node in the place of those that write an operator out in parts: Gelu,
/// LayerNormalization and the others in patterns/. The graph's types are inferred. A node gets the
/// place, the name and the result of the last of those it stands for (Node::merged names the
/// others), and its work is what that operator's lowering says. Nobody else reads what they hand on
/// to each other.
///
/// Constants must have the right value. Where the model withholds their values, those of one
/// element count as right: the operators around them leave no other meaning in use.
///
/// Adds a note that counts them.
void recognize_operators(OperatorGraph& graph);

}  // namespace mensa::onnx_import
