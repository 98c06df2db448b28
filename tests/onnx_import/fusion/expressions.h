#pragma once

#include <string>
#include <vector>

#include "models/graph/graph.h"
#include "tests/onnx_import/model_builder.h"

namespace mensa::onnx_import {

/// Adds nodes written as "a = Mul(x, 0.5); y = Add(a, b)". A number is a constant of one element;
/// in "ReduceMean[-1](x)" and its like the brackets hold the axes, in "Cast[10](x)" the element
/// type, in "Softmax[1](x)" and others the axis. Nodes are named after their results.
void add_expressions(GraphBuilder& model, const std::string& text);

/// A model of a float input "x" [2, 5, 8], float constants "scale" and "shift" [8] and these
/// expressions, whose result is "y"; operator set 13.
[[nodiscard]] models::Graph import_expressions(const std::string& text,
                                               const ImportOptions& options = {});

/// "Gelu LayerNormalization+Relu": operators of the layers in topological order, with what is
/// fused.
[[nodiscard]] std::string ops_text(const models::Graph& graph);

}  // namespace mensa::onnx_import
