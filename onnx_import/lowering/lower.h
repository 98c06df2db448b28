#pragma once

#include "onnx_import/draft/draft.h"
#include "onnx_import/operator_graph/operator_graph.h"

namespace mensa::onnx_import {

/// The layers of a graph whose types are inferred, before fusion.
[[nodiscard]] Draft lower_graph(const OperatorGraph& graph);

}  // namespace mensa::onnx_import
