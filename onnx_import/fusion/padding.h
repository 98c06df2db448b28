#pragma once

#include "onnx_import/operator_graph/operator_graph.h"

namespace mensa::onnx_import {

/// Makes a Pad part of the convolution or pooling that alone reads it, at the same place or behind
/// steps to and from integers: its pads are added to those of the window (Node::merged names it).
/// The graph's types are inferred. What it fills in must be what the window takes for padding:
/// zeros before convolutions (their zero point where they take integers), zeros that count before
/// averages, and before maxima nothing larger than what is there: the lowest value, or zeros around
/// what is not negative. Only spatial axes are padded, and nothing is cut off.
void fold_padding(OperatorGraph& graph);

}  // namespace mensa::onnx_import
