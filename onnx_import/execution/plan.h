#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "onnx_import/execution/kernel.h"
#include "onnx_import/operator_graph/operator_graph.h"

namespace mensa::onnx_import {

/// Execution of one node.
struct PlannedNode {
  std::size_t node = 0;  ///< index in the graph's main block
  const Kernel* kernel = nullptr;
  std::vector<ValueId> loads;  ///< constants that are read here for the first time
  std::vector<ValueId> frees;  ///< values that nobody reads afterwards
};

/// What is executed of a graph, in order: the nodes that its outputs need and whose results the
/// model does not hold already.
struct ExecutionPlan {
  std::vector<PlannedNode> nodes;
  /// Outputs of the graph that are constants, which no node reads.
  std::vector<ValueId> constant_outputs;
  std::int64_t peak_bytes = 0;  ///< of all values held at a time
};

/// Plans the execution of a graph whose inputs are bound. Throws base::Error naming all nodes that
/// are not supported at once; where a constant's elements are not in the model; and where at some
/// node the values together would take more than `most_bytes`.
[[nodiscard]] ExecutionPlan plan_execution(OperatorGraph& graph, std::int64_t most_bytes);

/// The TypeContext of a node whose types are inferred already.
[[nodiscard]] TypeContext inferred_context(OperatorGraph& graph, Node& node);

}  // namespace mensa::onnx_import
