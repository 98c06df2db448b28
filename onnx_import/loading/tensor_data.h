#pragma once

#include <cstdint>
#include <string>

#include "onnx_import/operator_graph/constant_data.h"

namespace onnx {
class SparseTensorProto;
class TensorProto;
}  // namespace onnx

namespace mensa::onnx_import {

/// Integer values that may still be kept in this model; each constant read takes its share.
struct IntegerBudget {
  std::int64_t left;
};

/// What import keeps of a tensor of the file. Data in another file ("external") are not looked at:
/// only the shape is known then. Throws base::Error (without the tensor's name) where type, shape
/// or the amount of data is not valid.
[[nodiscard]] ConstantData read_tensor(const onnx::TensorProto& tensor, IntegerBudget& budget);

/// As above: the shape of the whole tensor, never its values.
[[nodiscard]] ConstantData read_sparse_tensor(const onnx::SparseTensorProto& tensor);

}  // namespace mensa::onnx_import
