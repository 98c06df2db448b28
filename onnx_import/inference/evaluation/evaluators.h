#pragma once

#include <string_view>
#include <vector>

#include "onnx_import/lowering/type_context.h"

namespace mensa::onnx_import {

/// Computes the results of one operator for small constants. Operators whose result is a view of
/// their input need none.
struct Evaluator {
  std::string_view op;  ///< of ONNX's own domain
  /// Called once the operator's shape function has set all results; sets their values. Where a
  /// value is not defined (a division by zero) or overflows, it leaves the result without.
  void (*evaluate)(TypeContext&);
  /// All inputs have values; else their types are enough.
  bool needs_values = true;
};

/// Null where the operator's results are not computed.
[[nodiscard]] const Evaluator* find_evaluator(std::string_view domain, std::string_view op);

// One in each .cpp of this folder.
[[nodiscard]] std::vector<Evaluator> conversion_evaluators();
[[nodiscard]] std::vector<Evaluator> elementwise_evaluators();
[[nodiscard]] std::vector<Evaluator> generation_evaluators();
[[nodiscard]] std::vector<Evaluator> indexing_evaluators();
[[nodiscard]] std::vector<Evaluator> movement_evaluators();
[[nodiscard]] std::vector<Evaluator> reduction_evaluators();
[[nodiscard]] std::vector<Evaluator> unary_evaluators();

}  // namespace mensa::onnx_import
