#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "traces/builtins.h"
#include "traces/csv_text.h"
#include "traces/report_json.h"

namespace mensa::traces {
namespace {

using Json = nlohmann::ordered_json;
using Cells = std::vector<std::pair<std::string, std::string>>;  // (heading, value)

/// A list as a spreadsheet's cell can hold it: names as they are, nodes as "Add block1/add; Relu
/// block1/relu", op and name.
std::string list_text(const Json& list) {
  std::string text;
  for (const Json& item : list) {
    if (!text.empty()) text += "; ";
    text += item.is_object() ? csv_cell(item.at("op")) + ' ' + csv_cell(item.at("node"))
                             : csv_cell(item);
  }
  return text;
}

/// The fields of an object, those of an object inside it by "outer.inner".
void flatten(const Json& object, const std::string& prefix, Cells& cells) {
  for (const auto& [key, value] : object.items()) {
    if (value.is_object()) {
      flatten(value, prefix + key + '.', cells);
    } else {
      cells.emplace_back(prefix + key, value.is_array() ? list_text(value) : csv_cell(value));
    }
  }
}

Cells cells_of(const LayerReport& layer) {
  Cells cells;
  flatten(layer_to_json(layer), "", cells);
  return cells;
}

class CsvWriter final : public ReportWriter {
 public:
  void write(const Report& report, std::ostream& out) const override {
    // Every layer has the same fields, so a layer of no model gives the headings.
    write_line(cells_of(LayerReport{}), &Cells::value_type::first, out);
    for (const LayerReport& layer : report.layers) {
      write_line(cells_of(layer), &Cells::value_type::second, out);
    }
  }

 private:
  static void write_line(const Cells& cells, std::string Cells::value_type::*part,
                         std::ostream& out) {
    std::vector<std::string> texts;
    texts.reserve(cells.size());
    for (const auto& cell : cells) texts.push_back(cell.*part);
    out << csv_line(texts);
  }
};

}  // namespace

std::unique_ptr<ReportWriter> make_csv_writer() { return std::make_unique<CsvWriter>(); }

}  // namespace mensa::traces
