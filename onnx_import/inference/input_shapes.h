#pragma once

#include "onnx_import/import.h"
#include "onnx_import/operator_graph/operator_graph.h"

namespace mensa::onnx_import {

/// Writes the shapes that the options give for whole inputs in the place of what the file declares,
/// with a note where that differs from an extent of the file, and into graph.dimensions the value
/// that each named axis of them so gets.
///
/// Throws base::Error for a name that no input has, another number of axes than the file declares,
/// extents that are no extents, and where a named dimension would get two values.
void set_input_shapes(OperatorGraph& graph, const ImportOptions& options);

}  // namespace mensa::onnx_import
