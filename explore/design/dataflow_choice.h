#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "models/base/yaml_reader.h"
#include "models/graph/problem_shape.h"

namespace mensa::explore {

/// A dataflow of the library as designs may use it, with the registers that go with it.
struct DataflowChoice {
  std::string name;     ///< in the library
  base::YamlNode tree;  ///< its keys, as a resolved system has them
  /// Of a PE, in bytes, by MAC operand, with values of `bits`; 0: no register.
  std::array<std::int64_t, models::kMacOperandCount> registers{};
  std::array<int, models::kMacOperandCount> bits{};
  /// Some accelerator of the library has no buffer for weights with it: they stream to the PEs.
  bool streams_weights = false;
  std::string user;  ///< the accelerator that `registers` are taken from; empty: nobody uses it
};

/// The dataflows of the library for dense layers, by name: those of its accelerators without
/// sparsity features, with the registers of the first of these by name, and those that no
/// accelerator uses, with registers for one value of each operand. What only accelerators with such
/// features use needs hardware whose area no technology knows (docs/design.md). Throws base::Error
/// where a library file is wrong.
[[nodiscard]] std::vector<DataflowChoice> dataflow_choices();

}  // namespace mensa::explore
