#pragma once

#include "onnx_import/import.h"
#include "onnx_import/operator_graph/operator_graph.h"

namespace mensa::onnx_import {

/// Gives every value of a sorted graph its type, folds constants and finds views; the model's
/// inputs are bound. A node all of whose inputs are constant makes constants: compilers compute it
/// ahead. The nodes of the branch that an If takes stand in its place.
///
/// Throws base::Error naming file and node where the model is not valid, and one Error that lists
/// all nodes that are not supported, each with operator, domain and reason; Error too where the
/// options name a branch of no If that has to be decided.
void infer_types(OperatorGraph& graph, const ImportOptions& options);

}  // namespace mensa::onnx_import
