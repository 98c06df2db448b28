#pragma once

#include "onnx_import/loading/tensor_reader.h"
#include "onnx_import/operator_graph/attributes.h"

namespace onnx {
class AttributeProto;
}

namespace mensa::onnx_import {

/// The value of an attribute that is no graph. Throws base::Error for kinds that no operator of
/// ours has, and for damaged tensors.
[[nodiscard]] Attributes::Value attribute_value(const onnx::AttributeProto& proto,
                                                TensorReader& tensors);

}  // namespace mensa::onnx_import
