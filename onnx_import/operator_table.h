#pragma once

#include <string>

namespace mensa::onnx_import {

/// All operators that mensa takes, with what limits them: Markdown that terminals show well, too.
/// docs/operators.md is this text.
[[nodiscard]] std::string operator_table();

}  // namespace mensa::onnx_import
