#pragma once

#include "onnx_import/operator_graph/operator_graph.h"

namespace mensa::onnx_import {

/// Puts the nodes of every block in topological order; of those that are ready, the one that stands
/// first in the file. What the blocks of a node read from outside counts as read by the node.
/// Throws base::Error naming the nodes of a cycle.
void sort_nodes(OperatorGraph& graph);

}  // namespace mensa::onnx_import
