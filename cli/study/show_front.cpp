#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/output.h"
#include "cli/study/actions.h"
#include "cli/study/point_table.h"
#include "cli/study/study_json.h"
#include "cli/study/study_view.h"
#include "explore/insight/ranking.h"
#include "models/base/error.h"

namespace mensa::cli {
namespace {

using explore::Entry;
using explore::Metric;
using explore::StudyStore;

/// Feasible points at these positions of the view, in this order.
std::string points_text(const StudyStore& study, const StudyView& view,
                        const std::vector<std::size_t>& positions,
                        const std::vector<Metric>& metrics, bool as_json) {
  const std::vector<Entry> entries = entries_at(study, view, positions);
  const explore::StudyDescription& description = study.description();
  std::optional<std::uint64_t> knee;
  if (view.knee) knee = view.numbers[*view.knee];
  if (as_json) {
    nlohmann::ordered_json json = study_json(description);
    json["knee"] = knee ? nlohmann::ordered_json(*knee) : nlohmann::ordered_json(nullptr);
    auto& points = json["points"] = nlohmann::ordered_json::array();
    for (const Entry& entry : entries) points.push_back(point_json(description, entry));
    return json_text(json);
  }
  if (entries.empty()) return "No feasible point yet.\n";
  PointTable::Columns columns;
  columns.metrics = metrics;
  columns.knee = knee;
  PointTable table(description, std::move(columns));
  for (const Entry& entry : entries) table.add(entry);
  return table.to_string();
}

/// Positions of the points with the best values of a metric.
std::vector<std::size_t> best_by(const StudyStore& study, const StudyView& view, Metric metric,
                                 std::size_t count) {
  std::vector<std::size_t> positions;
  std::vector<double> values;
  std::size_t position = 0;
  study.for_each(StudyStore::Parts::kPoint, [&](const Entry& entry) {
    // Others may have been added since.
    if (position >= view.numbers.size() || entry.number != view.numbers[position]) return;
    if (const auto value = entry.result.metric(metric)) {
      positions.push_back(position);
      values.push_back(explore::to_minimise(metric, *value));
    }
    ++position;
  });
  if (positions.empty() && !view.numbers.empty()) {
    throw base::Error(fmt::format("{}: no feasible point has a value of {}", study.path().string(),
                                  explore::info(metric).name));
  }
  std::vector<std::size_t> best;
  for (const std::size_t i : explore::lowest(values, count)) best.push_back(positions[i]);
  return best;
}

}  // namespace

void show_front(const StudyStore& study, const StudyPareto& arguments) {
  check_format(arguments.format, {"table", "json"});
  const StudyView view = view_of(study);
  print(points_text(study, view, view.front, study.description().objectives,
                    arguments.format == "json"));
}

void show_best(const StudyStore& study, const StudyBest& arguments) {
  check_format(arguments.format, {"table", "json"});
  const StudyView view = view_of(study);
  const auto count = static_cast<std::size_t>(arguments.count);
  const bool as_json = arguments.format == "json";
  const std::vector<Metric>& objectives = study.description().objectives;
  if (arguments.by.empty()) {
    return print(points_text(study, view, explore::best_by_fronts(view.objectives, count),
                             objectives, as_json));
  }
  const Metric metric = explore::metric_from_string(arguments.by);
  print(points_text(study, view, best_by(study, view, metric, count), joined({metric}, objectives),
                    as_json));
}

}  // namespace mensa::cli
