#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "onnx_import/import.h"

namespace mensa::onnx_import {

/// A tensor that a case of ONNX's test data records; none of the fields but the name for a sequence
/// or an optional value.
struct RecordedTensor {
  std::string name;
  std::int32_t type = 0;  ///< TensorProto.DataType; 0 where it is no tensor
  std::vector<std::int64_t> shape;
  /// None for strings and complex numbers.
  std::optional<std::variant<std::vector<std::int64_t>, std::vector<double>>> values;
};

/// A model with its inputs and the outputs that ONNX's reference computes for them.
struct RecordedCase {
  std::string name;  ///< "node/test_abs"
  std::filesystem::path model_path;
  onnx::ModelProto model;
  std::vector<RecordedTensor> inputs;
  std::vector<RecordedTensor> outputs;
};

/// Where Debian's package libonnx-testdata puts the cases.
[[nodiscard]] std::filesystem::path recorded_cases_folder();

/// Names of the cases of one kind ("node"), sorted. Throws std::runtime_error where there are none:
/// the package is not installed.
[[nodiscard]] std::vector<std::string> recorded_case_names(const std::string& kind);

[[nodiscard]] RecordedCase read_recorded_case(const std::string& name);

/// The inputs from number `first` on as constants, except those that cannot be given. So are empty
/// ones, since an extent of 0 in a model stands for an open axis.
[[nodiscard]] std::map<std::string, ConstantInput> constants_of(const RecordedCase& recorded,
                                                                std::size_t first);

}  // namespace mensa::onnx_import
