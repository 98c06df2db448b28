#pragma once

#include "scheduler/policies/decision.h"
#include "scheduler/policies/policy.h"

namespace mensa::scheduler {

/// Why a policy that looks at whole schedules has a unit, by its position in units(), run where
/// `plan` says: what the policy's schedules take by the analytic model, one layer after the other,
/// if the unit must run elsewhere. The flips are exact where the policy finds the best schedule of
/// all, and those of the objective's product are at the least what is needed.
[[nodiscard]] Decision explain_by_forcing(const SchedulingProblem& problem, const Policy& policy,
                                          const Plan& plan, std::size_t unit);

}  // namespace mensa::scheduler
