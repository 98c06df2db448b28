#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "onnx_import/execution/executor.h"
#include "onnx_import/operator_graph/operator_graph.h"

namespace mensa::onnx_import {

/// What a network is run on, one tensor for each of its inputs at a time.
class InputSets {
 public:
  virtual ~InputSets() = default;
  [[nodiscard]] virtual std::size_t count() const = 0;
  /// To be called so many times.
  [[nodiscard]] virtual Executor::Tensors next() = 0;
  /// For the file of densities: where they come from.
  [[nodiscard]] virtual std::string description() const = 0;
};

/// Sets that are made up: all inputs of a standard normal distribution, the same for a seed on
/// every platform. Throws base::Error naming the inputs that are not of floats.
[[nodiscard]] std::unique_ptr<InputSets> random_inputs(const OperatorGraph& graph,
                                                       std::size_t count, std::uint64_t seed);

/// Sets in files, .npy or .pb (TensorProto): one in the folder itself, or one in each folder inside
/// of it that has such files. A file is of the input that it is named after, or that its
/// TensorProto names, or by its place: input_0 is the first. Files named output_* are left alone,
/// as ONNX's test data have them. `graph` must stay. Throws base::Error naming folder and file
/// where there are no files, for a file that is of no input or of one that has one, and next()
/// where an input is missing or has another shape or type.
[[nodiscard]] std::unique_ptr<InputSets> input_files(const OperatorGraph& graph,
                                                     const std::filesystem::path& folder);

}  // namespace mensa::onnx_import
