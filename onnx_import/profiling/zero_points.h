#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "onnx_import/operator_graph/operator_graph.h"

namespace mensa::onnx_import {

/// The integer that stands for zero in each value: 0 but in quantized tensors with another zero
/// point. None where it is not known before run time or differs between channels. By value; the
/// graph is sorted.
[[nodiscard]] std::vector<std::optional<std::int64_t>> zero_points(const OperatorGraph& graph);

}  // namespace mensa::onnx_import
