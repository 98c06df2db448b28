#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "models/graph/tensor.h"
#include "onnx_import/loading/external_data.h"
#include "onnx_import/loading/model_file.h"
#include "onnx_import/operator_graph/constant_data.h"
#include "onnx_import/operator_graph/tensor_contents.h"

namespace mensa::onnx_import {

/// Where the elements of a tensor are and how they are stored there: as their own type, or in one
/// of protobuf's wider fields.
struct StoredTensor {
  ByteRange bytes;
  models::ElementType type = models::ElementType::kFloat32;
  models::ElementType stored_as = models::ElementType::kFloat32;

  [[nodiscard]] DenseContents contents() const;
  /// All values of a tensor of integers or bools.
  [[nodiscard]] std::vector<std::int64_t> integers() const;
  /// All values of a tensor of floats of 16 bits or more.
  [[nodiscard]] std::vector<double> floats() const;
};

/// Finds the elements of a tensor that has `elements` of them; none for strings, and where they are
/// in a missing file that may be missing. What is found holds on to the model or its files. Throws
/// base::Error (without the tensor's name) where the amount of data is not the shape's.
[[nodiscard]] std::optional<StoredTensor> find_elements(const onnx::TensorProto& tensor,
                                                        models::ElementType type,
                                                        std::int64_t elements,
                                                        const ModelFile& file,
                                                        ExternalData& external);

}  // namespace mensa::onnx_import
