#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace mensa::traces {

/// One line of comma-separated values, quoted as RFC 4180 has it, ending in '\n'.
[[nodiscard]] std::string csv_line(const std::vector<std::string>& cells);

/// A JSON value as a spreadsheet's cell has it: nothing for null, strings without quotes, numbers
/// with full digits.
[[nodiscard]] std::string csv_cell(const nlohmann::ordered_json& value);

}  // namespace mensa::traces
