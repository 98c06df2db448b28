#pragma once

#include <vector>

#include "onnx_import/operator_graph/operator_graph.h"

namespace mensa::onnx_import {

/// How deep each value stands in its network: the products (convolutions, matrix products,
/// recurrent layers) on the longest way to it from what the model is given, over the most of any
/// value; 0 throughout where there are no products. By value; the graph is sorted.
[[nodiscard]] std::vector<double> relative_depths(const OperatorGraph& graph);

}  // namespace mensa::onnx_import
