#pragma once

#include <cstddef>

#include "onnx_import/operator_graph/operator_graph.h"

namespace mensa::onnx_import {

/// Drops the nodes of sorted blocks whose results reach no output of their block, and sets
/// Value::used on all values that are still read. Values that are known to be constant need no node
/// to make them. Returns how many nodes were dropped.
std::size_t prune_dead_nodes(OperatorGraph& graph);

}  // namespace mensa::onnx_import
