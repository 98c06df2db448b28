#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "onnx_import/operator_graph/operator_graph.h"

namespace mensa::onnx_import {

/// What libonnx's own inference makes of a model: element type and extents of the values of its
/// outermost graph, by name; an extent is -1 where it does not know it. Values whose shape it does
/// not know at all are left out, and so is everything where it gives up. The model's nodes must be
/// sorted. What the model itself says of its values, its inputs excepted, is not used.
struct LibonnxType {
  std::int32_t type = 0;
  std::vector<std::int64_t> shape;
};
[[nodiscard]] std::map<std::string, LibonnxType> libonnx_types(onnx::ModelProto model);

/// Values of the graph that both know and whose types differ, a line for each; adds the number of
/// values that both know to `compared`.
[[nodiscard]] std::string libonnx_differences(const onnx::ModelProto& model,
                                              const OperatorGraph& graph, int& compared);

}  // namespace mensa::onnx_import
