#pragma once

#include <onnx/onnx_pb.h>

#include <optional>
#include <vector>

#include "onnx_import/operator_graph/operator_graph.h"

namespace mensa::onnx_import {

/// The axes that a file declares; none where it leaves out the shape.
[[nodiscard]] std::optional<std::vector<DeclaredAxis>> declared_axes(
    const onnx::TypeProto::Tensor& tensor);

/// The type that a file declares for a value; none where that is no tensor, or is not complete.
[[nodiscard]] std::optional<DeclaredType> declared_type(const onnx::ValueInfoProto& value);

}  // namespace mensa::onnx_import
