#include "cli/study/study_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "explore/insight/knee.h"

namespace mensa::cli {
namespace {

using explore::Entry;
using explore::Metric;
using explore::ObjectiveVector;
using explore::PointStatus;

ObjectiveVector objectives_of(const Entry& entry, const std::vector<Metric>& objectives) {
  ObjectiveVector values;
  values.reserve(objectives.size());
  for (const Metric objective : objectives) {
    const std::optional<double> value = entry.result.metric(objective);
    if (!value) {
      throw std::logic_error(fmt::format("point {} is feasible without a value of {}", entry.number,
                                         explore::info(objective).name));
    }
    values.push_back(explore::to_minimise(objective, *value));
  }
  return values;
}

void find_front(StudyView& view) {
  view.front = explore::pareto_front(view.objectives);
  std::stable_sort(view.front.begin(), view.front.end(), [&](std::size_t a, std::size_t b) {
    return view.objectives[a] < view.objectives[b];
  });
  std::vector<ObjectiveVector> values;
  values.reserve(view.front.size());
  for (const std::size_t position : view.front) values.push_back(view.objectives[position]);
  if (const auto knee = explore::knee_of(values)) view.knee = view.front[*knee];
}

}  // namespace

StudyView view_of(const explore::StudyStore& study) {
  StudyView view;
  const std::vector<Metric>& objectives = study.description().objectives;
  study.for_each(explore::StudyStore::Parts::kPoint, [&](const Entry& entry) {
    switch (entry.result.status) {
      case PointStatus::kFeasible:
        ++view.counts.feasible;
        view.numbers.push_back(entry.number);
        view.points.push_back(entry.point);
        view.objectives.push_back(objectives_of(entry, objectives));
        return;
      case PointStatus::kInfeasible:
        ++view.counts.infeasible;
        break;
      case PointStatus::kFailed:
        ++view.counts.failed;
        break;
    }
    ++view.causes[entry.result.cause];
  });
  find_front(view);
  return view;
}

std::vector<Entry> entries_at(const explore::StudyStore& study, const StudyView& view,
                              const std::vector<std::size_t>& positions) {
  std::vector<Entry> entries;
  entries.reserve(positions.size());
  for (const std::size_t position : positions) {
    auto entry = study.find(view.numbers[position]);
    if (!entry) throw std::logic_error("a point of a study is gone");
    entries.push_back(std::move(*entry));
  }
  return entries;
}

}  // namespace mensa::cli
