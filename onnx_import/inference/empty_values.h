#pragma once

#include "onnx_import/operator_graph/operator_graph.h"

namespace mensa::onnx_import {

/// Makes the value a constant without elements: whoever reads it reads nothing. Its type is set,
/// and its shape has an extent of 0.
void make_empty_constant(Value& value);

/// Takes inputs and results of the model that have no elements out of it, as a decoder's keys and
/// values of a past of length 0, with a note. Throws base::Error where no result is left.
void drop_empty_values(OperatorGraph& graph);

}  // namespace mensa::onnx_import
