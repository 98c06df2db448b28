#pragma once

#include "onnx_import/draft/draft.h"
#include "onnx_import/operator_graph/operator_graph.h"

// What compilers for edge devices merge before they schedule anything. MACs stay as they are; what
// goes is vector and move work that is done on the way, and tensors that nobody stores.

namespace mensa::onnx_import {

/// On the operators of a graph whose types are inferred: steps to and from integers that
/// need not be done are left out (needless_steps.h), operators written out in parts one node
/// (recognition.h), and padding part of windows (padding.h).
void fuse_operators(OperatorGraph& graph);

/// On the layers that they are lowered to: steps to and from integers become integer kernels
/// (integer_kernels.h), elementwise layers epilogues (epilogues.h).
void fuse_layers(Draft& draft);

}  // namespace mensa::onnx_import
