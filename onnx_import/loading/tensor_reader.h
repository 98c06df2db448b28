#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>

#include "onnx_import/loading/external_data.h"
#include "onnx_import/loading/model_file.h"
#include "onnx_import/loading/stored_tensor.h"
#include "onnx_import/operator_graph/constant_data.h"
#include "onnx_import/operator_graph/limits.h"
#include "onnx_import/operator_graph/tensor_contents.h"

namespace onnx {
class SparseTensorProto;
class TensorProto;
}  // namespace onnx

namespace mensa::onnx_import {

/// Reads the tensors of one model: what import keeps of them. Values of small constants are read at
/// once, until the model's share of them is used up (limits.h); of the others only where they are.
class TensorReader {
 public:
  /// `weights_required`: missing files of external data are errors.
  TensorReader(const ModelFile& file, bool weights_required)
      : file_(file), external_(file.path, weights_required) {}

  /// Throws base::Error (without the tensor's name) where type, shape, the amount of data or the
  /// file that holds them is not valid. A tensor that is read again, in a function that is called
  /// twice, has the same contents: who measures them does so once.
  [[nodiscard]] ConstantData read(const onnx::TensorProto& tensor);

  /// As above, in both forms of indices: linear, and one coordinate for each axis. Indices must
  /// ascend and be inside of the shape. The values are never kept.
  [[nodiscard]] ConstantData read_sparse(const onnx::SparseTensorProto& tensor);

 private:
  struct Elements {
    std::optional<StoredTensor> stored;
    std::shared_ptr<const TensorContents> contents;
  };

  const Elements& elements_of(const onnx::TensorProto& tensor, models::ElementType type,
                              std::int64_t count);

  const ModelFile& file_;
  ExternalData external_;
  /// By their place in the model.
  std::unordered_map<const onnx::TensorProto*, Elements> elements_;
  std::int64_t integers_left_ = kMostKeptIntegersInAll;
  std::int64_t floats_left_ = kMostKeptFloatsInAll;
};

}  // namespace mensa::onnx_import
