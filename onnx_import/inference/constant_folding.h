#pragma once

#include <cstdint>

#include "onnx_import/lowering/type_context.h"
#include "onnx_import/operator_graph/limits.h"

namespace mensa::onnx_import {

/// Computes the values of small constants while a model's types are inferred, within bounds on
/// what is kept and computed (limits.h).
class ConstantFolding {
 public:
  /// Computes a node's results, whose types are set, where there is an evaluator for its operator,
  /// all its inputs have known values and the results are small. Integer results that overflow
  /// their type stay unknown.
  void fold(TypeContext& node);
  /// Drops a result's values where they are too many; else takes them off what may be kept.
  void limit(Value& value);

 private:
  std::int64_t integers_left_ = kMostKeptIntegersInAll;
  std::int64_t floats_left_ = kMostKeptFloatsInAll;
  std::int64_t work_left_ = kMostFoldedElements;
};

}  // namespace mensa::onnx_import
