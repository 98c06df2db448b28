#include "accelerators/spec/sram_csv.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "models/base/error.h"

namespace mensa::accelerators {
namespace {

constexpr std::array<std::string_view, 10> kColumns = {
    "cell",    "capacity_kib", "access_bytes", "access_ns",       "cycle_ns",
    "read_pj", "write_pj",     "leakage_mw",   "gate_leakage_mw", "area_mm2"};

std::vector<std::string_view> split(std::string_view line) {
  std::vector<std::string_view> fields;
  while (true) {
    const std::size_t comma = line.find(',');
    fields.push_back(line.substr(0, comma));
    if (comma == std::string_view::npos) return fields;
    line.remove_prefix(comma + 1);
  }
}

/// One line of the file with the columns that the header named.
class Row {
 public:
  Row(const std::vector<std::string_view>& columns, std::vector<std::string_view> fields,
      base::SourceLocation where)
      : columns_(columns), fields_(std::move(fields)), where_(std::move(where)) {
    if (fields_.size() != columns_.size()) {
      throw base::Error(
          where_, "",
          fmt::format("has {} fields; the header has {}", fields_.size(), columns_.size()));
    }
  }

  [[nodiscard]] std::string_view text(std::string_view column) const {
    const auto found = std::find(columns_.begin(), columns_.end(), column);
    return fields_[static_cast<std::size_t>(found - columns_.begin())];
  }

  [[nodiscard]] double number(std::string_view column) const {
    const std::string_view field = text(column);
    double value = 0;
    const char* const end = field.data() + field.size();
    const auto parsed = std::from_chars(field.data(), end, value);
    if (parsed.ec != std::errc() || parsed.ptr != end || !std::isfinite(value) || value <= 0) {
      throw base::Error(where_, column, fmt::format("'{}' is no number above 0", field));
    }
    return value;
  }

  [[nodiscard]] std::string_view name(std::string_view column) const {
    const std::string_view field = text(column);
    const bool is_good = !field.empty() && std::all_of(field.begin(), field.end(), [](char letter) {
      return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '_';
    });
    if (!is_good) {
      throw base::Error(where_, column,
                        fmt::format("'{}' is no name; use a-z, 0-9 and '_'", field));
    }
    return field;
  }

 private:
  const std::vector<std::string_view>& columns_;
  std::vector<std::string_view> fields_;
  base::SourceLocation where_;
};

void check_header(const std::vector<std::string_view>& columns, const base::SourceLocation& where) {
  for (const std::string_view column : columns) {
    if (std::find(kColumns.begin(), kColumns.end(), column) == kColumns.end()) {
      throw base::Error(
          where, "",
          base::unknown_name_message("column", column,
                                     std::vector<std::string>(kColumns.begin(), kColumns.end())));
    }
    if (std::count(columns.begin(), columns.end(), column) > 1) {
      throw base::Error(where, "", fmt::format("the column '{}' stands here twice", column));
    }
  }
  for (const std::string_view column : kColumns) {
    if (std::find(columns.begin(), columns.end(), column) == columns.end()) {
      throw base::Error(where, "", fmt::format("the column '{}' is missing", column));
    }
  }
}

}  // namespace

base::YamlNode read_sram_csv(const std::filesystem::path& path) {
  const std::string file = path.string();
  std::ifstream stream(path);
  if (!stream) throw base::Error({file, 0, 0}, "", "cannot be opened for reading");

  // The table becomes YAML text with one entry on the line of each row, so that whatever is found
  // wrong later is reported at its line of this file.
  std::string yaml;
  std::string header;
  std::vector<std::string_view> columns;
  bool has_rows = false;
  int number = 0;
  for (std::string line; std::getline(stream, line);) {
    ++number;
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.empty() || line.front() == '#') {
      yaml += '\n';
      continue;
    }
    const base::SourceLocation where{file, number, 0};
    if (columns.empty()) {
      header = line;
      columns = split(header);
      check_header(columns, where);
      yaml += '\n';
      continue;
    }
    // Nine digits keep the sum of the leakages as short as the table has them.
    const Row row(columns, split(line), where);
    yaml += fmt::format(
        "- {{cell: {}, capacity: {} KiB, width: {} B, cycle_time: {} ns, read: {} pJ, "
        "write: {} pJ, leakage: {:.9g} mW, area: {} mm2}}\n",
        row.name("cell"), row.number("capacity_kib"), row.number("access_bytes"),
        row.number("cycle_ns"), row.number("read_pj"), row.number("write_pj"),
        row.number("leakage_mw") + row.number("gate_leakage_mw"), row.number("area_mm2"));
    has_rows = true;
  }
  if (!has_rows) throw base::Error({file, 0, 0}, "", "holds no SRAM; expected a header and rows");
  return base::read_yaml_text(yaml, file).without_columns();
}

}  // namespace mensa::accelerators
