#pragma once

#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace mensa::accelerators::test {

/// One line of a CSV file by the names in its first line; cells left out are empty.
using CsvRow = std::map<std::string, std::string>;

/// Rows of a file in tests/reference. Throws std::runtime_error where it cannot be opened.
inline std::vector<CsvRow> reference_rows(const std::string& file_name) {
  const auto split = [](const std::string& line) {
    std::vector<std::string> cells;
    std::istringstream stream(line);
    for (std::string cell; std::getline(stream, cell, ',');) cells.push_back(cell);
    return cells;
  };
  std::ifstream file(std::string(MENSA_SOURCE_DIR) + "/tests/reference/" + file_name);
  if (!file) throw std::runtime_error("cannot open tests/reference/" + file_name);
  std::string line;
  std::getline(file, line);
  const std::vector<std::string> names = split(line);
  std::vector<CsvRow> all;
  while (std::getline(file, line)) {
    const std::vector<std::string> cells = split(line);
    CsvRow row;
    for (std::size_t i = 0; i < names.size(); ++i) {
      row[names[i]] = i < cells.size() ? cells[i] : std::string();
    }
    all.push_back(row);
  }
  return all;
}

}  // namespace mensa::accelerators::test
