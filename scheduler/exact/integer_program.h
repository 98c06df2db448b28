#pragma once

#include <optional>

#include "accelerators/cost/layer_cost.h"
#include "scheduler/problem/plan.h"

namespace mensa::scheduler {

/// A plan and how good it is.
struct IntegerPlan {
  Plan plan;
  double value = 0;  ///< score() of one inference by the schedule that build_schedule makes of it
  /// No plan scores less; below the value by what the solver's tolerances leave open even where the
  /// plan is the best.
  double bound = 0;
  /// The value is the least there is, within three millionths.
  bool proved = false;
};

struct IntegerProgramLimits {
  /// CPU time of the process, for the search alone: the cost table's answers come on top. What a
  /// search finds that this ends depends on the machine.
  base::Seconds time{60};
  /// Of the tree of one integer program; what a search finds that this ends is the same anywhere.
  int nodes = 100'000;
};

/// The best plan of those that DecisionGraph holds for one order: sequential execution in the order
/// of SchedulingProblem::units(), every option of units that decide together, every output that may
/// stay on chip. As an integer program, whose size does not grow with the states that DecisionGraph
/// counts, but which may take long.
///
/// Latency and energy are sums, one program each. Their product is least in a corner of the convex
/// hull of all plans' times and energies: programs that weigh one against the other find plans in
/// such corners and leave a polygon that no plan is below. The weights follow the polygon's corner
/// of the least product, until that is no less than what the best plan has.
///
/// `start`: a plan in the order of units() to begin with (one in another order is a
/// std::logic_error); the answer is no worse. Without it: one that has every unit run where that is
/// cheapest for it. None where the program would be too large (PlanProgram). Throws as
/// build_schedule.
[[nodiscard]] std::optional<IntegerPlan> solve_integer_program(
    const SchedulingProblem& problem, accelerators::Objective objective,
    const IntegerProgramLimits& limits = {}, const std::optional<Plan>& start = std::nullopt);

}  // namespace mensa::scheduler
