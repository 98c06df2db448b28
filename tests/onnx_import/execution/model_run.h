#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "onnx_import/execution/executor.h"
#include "tests/models/base/temporary_folder.h"
#include "tests/onnx_import/model_builder.h"

namespace mensa::onnx_import {

/// An executor with the file that its constants are read from.
class ModelRun {
 public:
  explicit ModelRun(const ModelBuilder& model, std::int64_t most_bytes = kMostExecutionBytes);
  [[nodiscard]] Executor& executor() { return executor_; }

 private:
  TemporaryFolder folder_;
  Executor executor_;
};

[[nodiscard]] TensorValue floats_of(Shape shape, std::vector<float> values);
/// 1, 2, 3 ...
[[nodiscard]] TensorValue counting(Shape shape);

/// The elements of the model's output "y" for its input "x".
[[nodiscard]] std::vector<float> executed(const ModelBuilder& model, const TensorValue& x);

/// The text of the error that planning the model ends with, or else running it with `inputs`, the
/// file's name cut off; "no error" without one.
[[nodiscard]] std::string execution_error(const ModelBuilder& model,
                                          const Executor::Tensors& inputs = {},
                                          std::int64_t most_bytes = kMostExecutionBytes);

}  // namespace mensa::onnx_import
