#pragma once

#include <vector>

#include "onnx_import/draft/draft.h"
#include "onnx_import/operator_graph/operator_graph.h"

namespace mensa::onnx_import {

/// The layers of a graph whose types are inferred, before fusion.
[[nodiscard]] Draft lower_graph(const OperatorGraph& graph);

/// The layers of a block alone, of which outer blocks have made `captures`. In the body of a Loop
/// they are of one step.
[[nodiscard]] Draft lower_alone(const OperatorGraph& graph, const Block& block,
                                const std::vector<ValueId>& captures, bool in_loop);

}  // namespace mensa::onnx_import
