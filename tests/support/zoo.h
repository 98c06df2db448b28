#pragma once

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace mensa {

/// A row of models/zoo/zoo.csv, which the zoo's script derives from layer shapes without the
/// importer.
struct ZooNetwork {
  std::string name;
  std::string file;  ///< with its path
  /// By the column's heading: "macs", "parameters_folded", ...
  std::map<std::string, std::int64_t> counts;
};

/// All networks of the zoo, in the order of zoo.csv. Throws std::runtime_error where there are
/// none.
inline std::vector<ZooNetwork> read_zoo() {
  constexpr std::size_t kFirstCount = 3;  // behind name, file and input shape
  const std::string folder = std::string(MENSA_SOURCE_DIR) + "/models/zoo/";
  std::ifstream table(folder + "zoo.csv");
  const auto read_cells = [&] {
    std::vector<std::string> cells;
    std::string line;
    std::getline(table, line);
    std::istringstream text(line);
    for (std::string cell; std::getline(text, cell, ',');) cells.push_back(cell);
    return cells;
  };
  const std::vector<std::string> headings = read_cells();
  std::vector<ZooNetwork> networks;
  for (auto cells = read_cells(); !cells.empty(); cells = read_cells()) {
    ZooNetwork network{cells.at(0), folder + cells.at(1), {}};
    for (std::size_t i = kFirstCount; i < headings.size(); ++i) {
      network.counts[headings[i]] = std::stoll(cells.at(i));
    }
    networks.push_back(std::move(network));
  }
  if (networks.empty()) throw std::runtime_error(folder + "zoo.csv: no networks");
  return networks;
}

}  // namespace mensa
