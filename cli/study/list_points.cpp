#include <nlohmann/json.hpp>
#include <optional>

#include "cli/output.h"
#include "cli/study/actions.h"
#include "cli/study/point_table.h"
#include "cli/study/study_json.h"
#include "explore/insight/ranking.h"

namespace mensa::cli {
namespace {

using explore::Entry;
using explore::Metric;
using explore::StudyStore;

/// Shows points until there are as many as were asked for.
class PointListing {
 public:
  PointListing(const StudyStore& study, const StudyList& arguments, PointTable::Columns columns)
      : description_(study.description()),
        as_json_(arguments.format == "json"),
        most_(arguments.limit),
        table_(description_, std::move(columns)) {}

  void add(const Entry& entry) {
    if (most_ > 0 && shown_ >= most_) return;
    ++shown_;
    if (as_json_) {
      points_.push_back(point_json(description_, entry));
    } else {
      table_.add(entry);
    }
  }
  [[nodiscard]] std::string text() {
    if (!as_json_) return shown_ == 0 ? "No such points.\n" : table_.to_string();
    nlohmann::ordered_json json = study_json(description_);
    json["points"] = std::move(points_);
    return json_text(json);
  }

 private:
  const explore::StudyDescription& description_;
  bool as_json_;
  std::int64_t most_;
  std::int64_t shown_ = 0;
  PointTable table_;
  nlohmann::ordered_json points_ = nlohmann::ordered_json::array();
};

/// Numbers of the points by the metric, the best first, then those without it.
std::vector<std::uint64_t> by_metric(const StudyStore& study, Metric metric,
                                     const std::optional<explore::PointStatus>& status) {
  std::vector<std::uint64_t> numbers;
  std::vector<double> values;
  std::vector<std::uint64_t> without;
  study.for_each(StudyStore::Parts::kPoint, [&](const Entry& entry) {
    if (status && entry.result.status != *status) return;
    if (const auto value = entry.result.metric(metric)) {
      numbers.push_back(entry.number);
      values.push_back(explore::to_minimise(metric, *value));
    } else {
      without.push_back(entry.number);
    }
  });
  std::vector<std::uint64_t> sorted;
  sorted.reserve(numbers.size() + without.size());
  for (const std::size_t position : explore::lowest(values, values.size())) {
    sorted.push_back(numbers[position]);
  }
  sorted.insert(sorted.end(), without.begin(), without.end());
  return sorted;
}

}  // namespace

void list_points(const StudyStore& study, const StudyList& arguments) {
  check_format(arguments.format, {"table", "json"});
  std::optional<explore::PointStatus> status;
  if (!arguments.status.empty()) status = explore::point_status_from_string(arguments.status);
  PointTable::Columns columns;
  columns.status = true;
  columns.metrics = study.description().objectives;
  if (arguments.sort.empty()) {
    PointListing listing(study, arguments, std::move(columns));
    study.for_each(StudyStore::Parts::kAll, [&](const Entry& entry) {
      if (!status || entry.result.status == *status) listing.add(entry);
    });
    return print(listing.text());
  }
  const Metric metric = explore::metric_from_string(arguments.sort);
  columns.metrics = joined({metric}, columns.metrics);
  PointListing listing(study, arguments, std::move(columns));
  std::vector<std::uint64_t> numbers = by_metric(study, metric, status);
  if (arguments.limit > 0) {
    numbers.resize(std::min(numbers.size(), static_cast<std::size_t>(arguments.limit)));
  }
  for (const std::uint64_t number : numbers) {
    if (const auto entry = study.find(number)) listing.add(*entry);
  }
  print(listing.text());
}

}  // namespace mensa::cli
