#pragma once

#include <span>
#include <string_view>

#include "onnx_import/lowering/lowering.h"

namespace mensa::onnx_import {

/// One family of operators, as builtins.cpp lists it.
struct LoweringEntry {
  std::string_view name;
  std::string_view help;  ///< one line: the operators and what limits them
  Lowering (*make)();
};

/// All families that mensa has.
[[nodiscard]] std::span<const LoweringEntry> lowerings();

/// How the operator of that domain and name is taken in; null where it is not known.
[[nodiscard]] const Operator* find_operator(std::string_view domain, std::string_view name);

}  // namespace mensa::onnx_import
