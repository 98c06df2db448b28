#include <fmt/format.h>

#include <algorithm>

#include "cli/output.h"
#include "cli/study/actions.h"
#include "cli/study/study_view.h"
#include "explore/insight/front_svg.h"
#include "models/base/error.h"

namespace mensa::cli {
namespace {

using explore::Entry;
using explore::Metric;
using explore::StudyStore;

std::string title_of(const explore::StudyDescription& description) {
  return fmt::format("{} by {}", description.space_name, description.search_method);
}

/// The two metrics: what was asked for, and the objectives in their order for what was not.
std::pair<Metric, Metric> axes_of(const std::vector<Metric>& objectives,
                                  const StudyPlot& arguments) {
  std::vector<Metric> free = objectives;
  const auto asked_for = [&](const std::string& name) {
    const Metric metric = explore::metric_from_string(name);
    std::erase(free, metric);
    return metric;
  };
  std::optional<Metric> x;
  std::optional<Metric> y;
  if (!arguments.x.empty()) x = asked_for(arguments.x);
  if (!arguments.y.empty()) y = asked_for(arguments.y);
  const auto next = [&](const char* option) {
    if (free.empty()) {
      throw base::Error(fmt::format("the study has no second objective: name one with {}", option));
    }
    const Metric metric = free.front();
    free.erase(free.begin());
    return metric;
  };
  if (!x) x = next("--x");
  if (!y) y = next("--y");
  return {*x, *y};
}

std::string front_plot(const StudyStore& study, Metric x, Metric y) {
  const StudyView view = view_of(study);
  std::vector<std::uint64_t> front;
  front.reserve(view.front.size());
  for (const std::size_t position : view.front) front.push_back(view.numbers[position]);
  std::sort(front.begin(), front.end());
  explore::FrontPlot plot;
  plot.title = title_of(study.description());
  plot.x = x;
  plot.y = y;
  if (view.knee) plot.knee = view.numbers[*view.knee];
  study.for_each(StudyStore::Parts::kPoint, [&](const Entry& entry) {
    const auto value_of_x = entry.result.metric(x);
    const auto value_of_y = entry.result.metric(y);
    if (!entry.result.is_feasible() || !value_of_x || !value_of_y) return;
    plot.points.push_back({entry.number, *value_of_x, *value_of_y,
                           std::binary_search(front.begin(), front.end(), entry.number)});
  });
  return explore::front_svg(plot);
}

std::string progress_plot(const StudyStore& study, Metric metric) {
  explore::ProgressPlot plot;
  plot.title = title_of(study.description());
  plot.metric = metric;
  study.for_each(StudyStore::Parts::kPoint, [&](const Entry& entry) {
    const auto value = entry.result.metric(metric);
    if (entry.result.is_feasible() && value) plot.points.push_back({entry.number, *value});
  });
  return explore::progress_svg(plot);
}

}  // namespace

void plot_study(const StudyStore& study, const StudyPlot& arguments) {
  const std::vector<Metric>& objectives = study.description().objectives;
  const bool of_one = objectives.size() == 1 && arguments.x.empty() && arguments.y.empty();
  std::string svg;
  if (of_one) {
    svg = progress_plot(study, objectives.front());
  } else {
    const auto [x, y] = axes_of(objectives, arguments);
    svg = front_plot(study, x, y);
  }
  if (arguments.out.empty()) {
    print(svg);
  } else {
    write_file(arguments.out, svg);
  }
}

}  // namespace mensa::cli
