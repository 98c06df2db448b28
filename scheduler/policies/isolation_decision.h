#pragma once

#include "scheduler/policies/decision.h"

namespace mensa::scheduler {

/// Why best_in_isolation() answers as it does.
[[nodiscard]] Decision explain_best_in_isolation(const SchedulingProblem& problem,
                                                 const SchedulingProblem::Unit& unit);

/// Why follow_producer() answers as it does. `assignment` covers every unit before it.
[[nodiscard]] Decision explain_follow_producer(const SchedulingProblem& problem,
                                               const SchedulingProblem::Unit& unit,
                                               const Assignment& assignment);

/// Time and energy of all layers of a unit on an accelerator where it runs, everything through
/// DRAM: of what unit_score() is the score.
struct UnitCost {
  base::Seconds time;
  base::Picojoules energy;
};
[[nodiscard]] UnitCost unit_cost(const SchedulingProblem& problem,
                                 const SchedulingProblem::Unit& unit, AcceleratorId accelerator);

/// How much longer a unit would have to take where it is, or how much more energy, for its score to
/// be `factor` times what it is: what of both the objective looks at.
[[nodiscard]] std::vector<Flip> flips_by_factor(accelerators::Objective objective,
                                                const UnitCost& cost, double factor,
                                                AcceleratorId then);

}  // namespace mensa::scheduler
