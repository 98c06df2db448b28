#include "scheduler/problem/scheduling_problem.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "models/base/error.h"

namespace mensa::scheduler {

using accelerators::Infeasible;
using accelerators::LayerEvaluation;

SchedulingProblem::SchedulingProblem(CostTable& costs, Concurrency concurrency,
                                     std::int64_t inferences)
    : costs_(&costs), concurrency_(concurrency), inferences_(inferences) {
  std::map<models::RecurrenceId, std::size_t> unit_of_recurrence;
  for (const models::LayerId id : graph().topological_order()) {
    const models::Layer& layer = graph().layer(id);
    if (!layer.recurrence.has_value() || layer.time_batchable) {
      units_.push_back({id});
      continue;
    }
    const auto [entry, is_new] = unit_of_recurrence.try_emplace(*layer.recurrence, units_.size());
    if (is_new) {
      units_.push_back({id});
    } else {
      units_[entry->second].push_back(id);
    }
  }
  unit_of_.resize(graph().layers().size());
  for (std::size_t u = 0; u < units_.size(); ++u) {
    for (const models::LayerId id : units_[u]) unit_of_[id.index()] = u;
  }
  for (std::size_t u = 0; u < units_.size(); ++u) {
    std::set<std::size_t> before;
    for (const models::LayerId id : units_[u]) {
      for (const models::LayerId other : graph().predecessors(id)) {
        if (unit_of(other) != u) before.insert(unit_of(other));
      }
    }
    waits_for_.emplace_back(before.begin(), before.end());
  }
}

std::vector<AcceleratorId> SchedulingProblem::candidates(const Unit& unit) const {
  const auto runs_on = [&](AcceleratorId id) {
    return std::all_of(unit.begin(), unit.end(),
                       [&](models::LayerId layer) { return costs_->find(layer, id) != nullptr; });
  };
  std::vector<AcceleratorId> found;
  for (const auto& accelerator : system().accelerators) {
    if (runs_on(accelerator.id)) found.push_back(accelerator.id);
  }
  if (found.empty() && runs_on(costs_->host())) found.push_back(costs_->host());
  const auto only = only_.find(unit.front());
  if (only != only_.end())
    std::erase_if(found, [&](AcceleratorId id) { return id != only->second; });
  return found;
}

SchedulingProblem SchedulingProblem::with_parts(std::vector<Part> parts) const {
  SchedulingProblem problem = *this;
  problem.parts_ = std::move(parts);
  return problem;
}

SchedulingProblem SchedulingProblem::with(Concurrency concurrency) const {
  SchedulingProblem problem = *this;
  problem.concurrency_ = concurrency;
  return problem;
}

SchedulingProblem SchedulingProblem::with_unit_on(std::size_t unit,
                                                  AcceleratorId accelerator) const {
  SchedulingProblem problem = *this;
  problem.only_[units_.at(unit).front()] = accelerator;
  return problem;
}

bool SchedulingProblem::has_mac_work(const Unit& unit) const {
  return std::any_of(unit.begin(), unit.end(), [&](models::LayerId layer) {
    return std::holds_alternative<models::MacWork>(graph().layer(layer).work);
  });
}

double SchedulingProblem::unit_score(const Unit& unit, AcceleratorId accelerator) const {
  base::Seconds time;
  base::Picojoules energy;
  for (const models::LayerId layer : unit) {
    const LayerEvaluation& evaluation = *costs_->find(layer, accelerator);
    time += evaluation.cost.time;
    energy += evaluation.cost.energy.total();
  }
  return accelerators::score(costs_->objective(), time, energy);
}

void SchedulingProblem::check() const {
  std::string text;
  std::size_t homeless = 0;
  for (const Unit& unit : units_) {
    if (!candidates(unit).empty()) continue;
    for (const models::LayerId id : unit) {
      std::string reasons;
      for (const auto& accelerator : system().accelerators) {
        const auto& result = costs_->evaluate(id, accelerator.id);
        if (const auto* missing = std::get_if<Infeasible>(&result)) {
          reasons += fmt::format("\n    {}: {}", accelerator.name, missing->to_string());
        }
      }
      if (reasons.empty() && unit.size() == 1) continue;
      ++homeless;
      text += fmt::format(
          "\n  layer '{}' ({}){}", graph().layer(id).name, graph().layer(id).op,
          reasons.empty() ? ": must share an accelerator with the layers above" : ":" + reasons);
    }
  }
  if (homeless == 0) return;
  throw base::Error(fmt::format("{} layer{} of {} run{} on no accelerator of system {}:{}",
                                homeless, homeless == 1 ? "" : "s", graph().name(),
                                homeless == 1 ? "s" : "", system().name, text));
}

}  // namespace mensa::scheduler
