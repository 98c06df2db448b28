#pragma once

#include "onnx_import/operator_graph/operator_graph.h"

namespace mensa::onnx_import {

/// Whether a node's result is the elements of its first input, some of them, or several copies, in
/// another place, type or scale: with the zeros that were there, or with more of them where small
/// numbers are rounded.
[[nodiscard]] bool moves_elements(const Node& node);

}  // namespace mensa::onnx_import
