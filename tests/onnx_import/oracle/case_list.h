#pragma once

#include <map>
#include <string>

namespace mensa::onnx_import {

/// Reads a list of cases: a line "[reason]" gives the reason of the cases named on the lines that
/// follow, one a line; "#" starts a comment. Returns the reason by case. Throws std::runtime_error
/// naming the line where a case is listed twice or has no reason.
[[nodiscard]] std::map<std::string, std::string> read_case_list(const std::string& file);

}  // namespace mensa::onnx_import
