#include "cli/study/point_table.h"

#include <algorithm>
#include <utility>

namespace mensa::cli {
namespace {

using explore::Metric;
using traces::Align;

std::vector<traces::TextTable::Column> columns_of(const explore::StudyDescription& description,
                                                  const PointTable::Columns& columns) {
  std::vector<traces::TextTable::Column> result = {{"point"}};
  if (columns.status) result.push_back({"status", Align::kLeft});
  for (const Metric metric : columns.metrics) {
    result.push_back({std::string(explore::info(metric).name)});
  }
  for (const explore::StudyParameter& parameter : description.parameters) {
    result.push_back({parameter.name});
  }
  result.push_back({"", Align::kLeft});
  return result;
}

}  // namespace

PointTable::PointTable(const explore::StudyDescription& description, Columns columns)
    : description_(description),
      columns_(std::move(columns)),
      table_(columns_of(description_, columns_)) {}

void PointTable::add(const explore::Entry& entry) {
  const explore::PointResult& result = entry.result;
  std::vector<std::string> cells = {std::to_string(entry.number)};
  if (columns_.status) cells.emplace_back(explore::to_string(result.status));
  for (const Metric metric : columns_.metrics) {
    cells.push_back(metric_cell(metric, result.metric(metric)));
  }
  for (std::size_t i = 0; i < description_.parameters.size(); ++i) {
    cells.push_back(description_.parameters[i].choices.at(entry.point.at(i)));
  }
  std::string last = entry.number == columns_.knee ? "knee" : "";
  if (columns_.status && !result.is_feasible()) last = result.reason;
  cells.push_back(std::move(last));
  table_.add_row(std::move(cells));
}

std::string PointTable::to_string() const { return table_.to_string(); }

std::vector<Metric> joined(std::vector<Metric> metrics, const std::vector<Metric>& more) {
  for (const Metric metric : more) {
    if (std::find(metrics.begin(), metrics.end(), metric) == metrics.end()) {
      metrics.push_back(metric);
    }
  }
  return metrics;
}

std::string metric_cell(Metric metric, const std::optional<double>& value) {
  return value ? explore::with_unit(metric, *value) : "-";
}

}  // namespace mensa::cli
