#include "scheduler/policies/forced_decision.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <stdexcept>

#include "models/base/error.h"
#include "scheduler/policies/isolation_decision.h"
#include "scheduler/policies/wording.h"
#include "scheduler/problem/schedule.h"

namespace mensa::scheduler {
namespace {

using accelerators::Objective;

double score_of(const SchedulingProblem& problem, const AnalyticCost& cost) {
  return accelerators::score(problem.costs().objective(), cost.latency, cost.energy);
}

/// None where the policy finds no schedule, or none that the system's memories hold.
std::optional<AnalyticCost> cost_of_forced(const SchedulingProblem& problem, const Policy& policy) {
  try {
    return analytic_cost(problem, build_schedule(problem, policy.plan(problem), ""));
  } catch (const base::Error&) {
    return std::nullopt;
  } catch (const std::logic_error&) {
    // Each layer runs there, but those that take turns may not fit together.
    return std::nullopt;
  }
}

/// What the unit takes in the schedule.
UnitCost cost_in(const SchedulingProblem& problem, const Schedule& schedule,
                 const SchedulingProblem::Unit& unit) {
  UnitCost cost;
  for (const models::LayerId id : unit) {
    const ScheduledLayer& entry = schedule.at(id);
    const auto& found = problem.costs().find(id, entry.accelerator, entry.residency)->cost;
    cost.time += found.time;
    cost.energy += found.energy.total();
  }
  return cost;
}

std::vector<Flip> flips_to(Objective objective, const UnitCost& unit, const AnalyticCost& now,
                           double other_score, AcceleratorId then) {
  const bool is_product = objective == Objective::kEdp;
  // With this latency, or this energy, the whole schedule would be as good as the other one.
  const double latency = is_product ? other_score / now.energy.value() : other_score;
  const double energy = is_product ? other_score / now.latency.value() : other_score;
  std::vector<Flip> flips;
  if (objective != Objective::kEnergy) {
    const double needed = unit.time.value() + latency - now.latency.value();
    flips.push_back({{{"time", unit.time.value(), needed}}, then});
  }
  if (objective != Objective::kLatency) {
    const double needed = unit.energy.value() + energy - now.energy.value();
    flips.push_back({{{"energy", unit.energy.value(), needed}}, then});
  }
  return flips;
}

}  // namespace

Decision explain_by_forcing(const SchedulingProblem& problem, const Policy& policy,
                            const Plan& plan, std::size_t unit) {
  const SchedulingProblem::Unit& layers = problem.units()[unit];
  const AcceleratorId chosen = plan.assignment[layers.front().index()];
  const Objective objective = problem.costs().objective();
  const std::string& name = problem.costs().name(chosen);
  std::vector<AcceleratorId> others = problem.candidates(layers);
  std::erase(others, chosen);
  if (others.empty()) return {{fmt::format("It runs on {} only.", name)}, {}};

  const Schedule schedule = build_schedule(problem, plan, "");
  const AnalyticCost cost = analytic_cost(problem, schedule);
  const double score = score_of(problem, cost);
  Decision decision;
  decision.reasons.push_back(
      fmt::format("The whole schedule decides: with the layer on {} its {} is {}.", name,
                  accelerators::to_string(objective), in_words(objective, score)));
  std::optional<AcceleratorId> next;
  double next_score = 0;
  for (const AcceleratorId other : others) {
    const auto forced = cost_of_forced(problem.with_unit_on(unit, other), policy);
    if (!forced) {
      decision.reasons.push_back(
          fmt::format("There is no schedule with it on {}.", problem.costs().name(other)));
      continue;
    }
    const double other_score = score_of(problem, *forced);
    decision.reasons.push_back(fmt::format(
        "With it on {}, all else decided anew: {}, {:+.3g} % (latency {:+.3g} %, energy {:+.3g} "
        "%).",
        problem.costs().name(other), in_words(objective, other_score),
        score > 0 ? 100 * (other_score / score - 1) : 0.0,
        cost.latency.value() > 0 ? 100 * (forced->latency.ratio(cost.latency) - 1) : 0.0,
        cost.energy.value() > 0 ? 100 * (forced->energy.ratio(cost.energy) - 1) : 0.0));
    if (next && other_score >= next_score) continue;
    next = other;
    next_score = other_score;
  }
  if (!next || !(score > 0)) return decision;
  if (next_score < score) {
    decision.reasons.emplace_back(
        "The policy promises no optimum and did not find the better one.");
  } else {
    decision.flips =
        flips_to(objective, cost_in(problem, schedule, layers), cost, next_score, *next);
  }
  return decision;
}

Decision Policy::explain(const SchedulingProblem& problem, const Plan& plan,
                         std::size_t unit) const {
  return explain_by_forcing(problem, *this, plan, unit);
}

}  // namespace mensa::scheduler
