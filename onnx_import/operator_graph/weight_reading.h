#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "models/graph/tensor.h"
#include "models/graph/weight_order.h"
#include "onnx_import/operator_graph/tensor_contents.h"

namespace mensa::onnx_import {

/// How a product reads a constant tensor.
struct WeightReading {
  /// In the tensor's own axes; none for tensors of fewer than two.
  std::optional<models::ChannelAxes> axes;
  /// Its elements, in its order; null where the file does not have them, or in another order.
  std::shared_ptr<const TensorContents> contents;
  models::ElementType type = models::ElementType::kFloat32;  ///< of these
  std::int64_t zero = 0;                                     ///< the integer that stands for zero
};

}  // namespace mensa::onnx_import
