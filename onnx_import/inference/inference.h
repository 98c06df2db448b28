#pragma once

#include <cstdint>

#include "onnx_import/operator_graph/operator_graph.h"

namespace mensa::onnx_import {

/// Gives every value of a sorted graph its type, folds constants and finds views; the model's
/// inputs are bound. A node all of whose inputs are constant makes constants: compilers compute it
/// ahead.
///
/// Throws base::Error naming file and node where the model is not valid, and one Error that lists
/// all nodes that are not supported, each with operator, domain and reason. `batch` is the batch
/// size that the user asked for; 0 where the file's stays.
void infer_types(OperatorGraph& graph, std::int64_t batch);

}  // namespace mensa::onnx_import
