#include "cli/workload_deadlines.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "models/base/error.h"
#include "scheduler/exact/bound.h"
#include "traces/human.h"

namespace mensa::cli {
namespace {

/// Deadlines this little below the least time are met as far as doubles can tell.
constexpr double kRounding = 1e-9;

/// Four digits and a unit as workload files take them, no less than `time`.
std::string rounded_up(base::Seconds time) {
  struct Unit {
    const char* name;
    double per_second;
  };
  Unit unit{"s", 1};
  for (const Unit& smaller :
       {Unit{"ms", 1e3}, Unit{"us", 1e6}, Unit{"ns", 1e9}, Unit{"ps", 1e12}}) {
    if (time.value() * unit.per_second < 1) unit = smaller;
  }
  const double value = time.value() * unit.per_second;
  const int decimals = value < 10 ? 3 : value < 100 ? 2 : value < 1000 ? 1 : 0;
  const double steps = std::pow(10, decimals);
  return fmt::format("{:.{}f} {}", std::ceil(value * steps) / steps, decimals, unit.name);
}

/// The least that an inference takes of those that the deadline is for; 0 where nothing is known.
base::Seconds least_latency(const WorkloadModel& model,
                            const scheduler::SchedulingProblem& problem) {
  const auto& accelerators = problem.system().accelerators;
  const bool some_stay = std::any_of(accelerators.begin(), accelerators.end(),
                                     [](const auto& each) { return each.keeps_parameters; });
  if (some_stay && model.arrivals.size() > 1) return base::Seconds(0);
  const scheduler::Bounds bounds =
      scheduler::relaxed_bounds(problem.with(scheduler::Concurrency::kLayers));
  return base::Seconds(bounds.at(accelerators::Objective::kLatency).value);
}

}  // namespace

void check_deadlines(const std::vector<WorkloadModel>& models,
                     const std::vector<const scheduler::SchedulingProblem*>& problems) {
  std::vector<std::string> contradictions;
  for (std::size_t i = 0; i < models.size(); ++i) {
    const WorkloadModel& model = models[i];
    if (!model.deadline) continue;
    const base::Seconds least = least_latency(model, *problems[i]);
    if (*model.deadline * (1 + kRounding) >= least) continue;
    const base::Error error(
        model.deadline_place, fmt::format("models.{}.deadline", model.name),
        fmt::format("no schedule can meet {}: {} takes at least {} on {}; raise the deadline to at "
                    "least that, or take a faster system",
                    traces::si(model.deadline->value(), "s"), problems[i]->graph().name(),
                    rounded_up(least), problems[i]->system().name));
    contradictions.emplace_back(error.what());
  }
  if (!contradictions.empty()) {
    throw base::Error(fmt::format("{}", fmt::join(contradictions, "\n")));
  }
}

}  // namespace mensa::cli
