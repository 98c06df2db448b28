#pragma once

#include <optional>
#include <string>

#include "onnx_import/import.h"
#include "onnx_import/operator_graph/operator_graph.h"

namespace mensa::onnx_import {

/// Gives the results of a node that mensa cannot take the types that the file declares, with the
/// named axes at their values, so that the node can run on the host. Returns what is missing where
/// they have none, and leaves them without types.
[[nodiscard]] std::optional<std::string> take_declared_types(OperatorGraph& graph, const Node& node,
                                                             const ImportOptions& options);

}  // namespace mensa::onnx_import
