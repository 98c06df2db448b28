#include "cli/explore/explore_summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "cli/study/point_table.h"
#include "cli/study/study_json.h"
#include "cli/study/study_view.h"

namespace mensa::cli {
namespace {

using explore::StudyStore;

std::string_view in_words(explore::Ending ending) {
  switch (ending) {
    case explore::Ending::kPoints:
      return "as many points as were asked for";
    case explore::Ending::kTime:
      return "the time is over";
    case explore::Ending::kStagnation:
      return "the front does not change any more";
    case explore::Ending::kExhausted:
      return "the search has no new points";
    case explore::Ending::kInterrupted:
      return "interrupted";
  }
  return "";
}

/// Positions in the view of the front's points that are shown: both ends, the knee, and others
/// evenly.
std::vector<std::size_t> shown(const StudyView& view) {
  constexpr std::size_t kMostShown = 16;
  const std::size_t size = view.front.size();
  const std::size_t count = std::min(size, kMostShown);
  std::vector<std::size_t> places;
  places.reserve(count + 1);
  for (std::size_t i = 0; i < count; ++i) {
    places.push_back(count == 1 ? 0 : i * (size - 1) / (count - 1));
  }
  const auto knee = std::find(view.front.begin(), view.front.end(), *view.knee);
  places.push_back(static_cast<std::size_t>(knee - view.front.begin()));
  std::sort(places.begin(), places.end());
  places.erase(std::unique(places.begin(), places.end()), places.end());
  for (std::size_t& place : places) place = view.front[place];
  return places;
}

}  // namespace

std::string explore_table(const StudyStore& study, explore::Ending ending) {
  const StudyView view = view_of(study);
  const explore::StudyDescription& description = study.description();
  const std::string failed =
      view.counts.failed == 0 ? ""
                              : fmt::format(", {} FAILED by a fault of mensa", view.counts.failed);
  std::string text =
      fmt::format("Space {}: {} points in the study, {} feasible, {} infeasible{}.\nEnded: {}.\n",
                  description.space_name, view.counts.all(), view.counts.feasible,
                  view.counts.infeasible, failed, in_words(ending));
  if (view.front.empty()) {
    return text +
           fmt::format("No point is feasible; 'mensa study {} show' says what rejects most.\n",
                       study.path().string());
  }
  const std::vector<std::size_t> rows = shown(view);
  text += fmt::format(
      "\nPareto front: {} points{}, by the analytic model\n", view.front.size(),
      rows.size() < view.front.size() ? fmt::format(", {} of them here", rows.size()) : "");
  PointTable table(description, {false, description.objectives, view.numbers[*view.knee]});
  for (const explore::Entry& entry : entries_at(study, view, rows)) table.add(entry);
  return text + table.to_string();
}

std::string explore_json(const StudyStore& study, explore::Ending ending) {
  const StudyView view = view_of(study);
  nlohmann::ordered_json json = study_json(study.description());
  json["ended"] = explore::to_string(ending);
  json["knee"] = view.knee ? nlohmann::ordered_json(view.numbers[*view.knee]) : nullptr;
  nlohmann::ordered_json& points = json["points"] = nlohmann::ordered_json::array();
  for (const explore::Entry& entry : entries_at(study, view, view.front)) {
    points.push_back(point_json(study.description(), entry));
  }
  return json_text(json);
}

}  // namespace mensa::cli
