#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "sim/engine/activity.h"

namespace mensa::traces {

/// Characters in a line of what is printed for people.
inline constexpr std::size_t kLineWidth = 140;

enum class Align : std::uint8_t { kLeft, kRight };

/// Rows under headings, in columns as wide as their widest cell. Where that makes a line too long,
/// the widest of the columns that are aligned left (names, not figures) gives way: what does not
/// fit there is shortened in the middle.
class TextTable {
 public:
  struct Column {
    std::string heading;
    Align align = Align::kRight;
  };

  explicit TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}

  /// One cell per column. Cells are made printable here.
  void add_row(std::vector<std::string> cells);

  /// Lines that end in '\n' and have no blanks before it. Headings are underlined.
  [[nodiscard]] std::string to_string(std::size_t line_width = kLineWidth) const;
  /// The same without headings, of any length.
  [[nodiscard]] std::string body() const;

 private:
  [[nodiscard]] std::vector<std::size_t> widths(bool with_headings) const;
  void fit_line(std::vector<std::size_t>& widths, std::size_t line_width) const;
  [[nodiscard]] std::string line(const std::vector<std::string>& cells,
                                 const std::vector<std::size_t>& widths) const;

  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

/// Where time goes on each accelerator, in % of its whole time, with a line that says what that
/// means.
[[nodiscard]] std::string activity_table(
    const std::vector<std::pair<std::string, sim::ActivityTimes>>& accelerators);

}  // namespace mensa::traces
