#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "accelerators/cost/mapping_cache.h"
#include "cli/workers/status.h"
#include "models/base/units.h"
#include "scheduler/policies/policy.h"

namespace mensa::cli {

/// A model among several that are to be planned.
struct ModelToPlan {
  std::string name;  ///< the user's own
  const scheduler::SchedulingProblem* problem = nullptr;
  std::optional<base::Seconds> deadline;  ///< after each arrival
};

/// A plan for each model by a policy that sees the layers of all of them in one problem, those of
/// models with earlier deadlines first. One model is planned by itself. All problems are of one
/// system, objective and concurrency, and `mappings` what their cost tables share: nothing is
/// mapped twice. Throws base::Error where the policy does.
[[nodiscard]] std::vector<scheduler::Plan> plan_together(
    const scheduler::Policy& policy, const std::vector<ModelToPlan>& models,
    const std::shared_ptr<accelerators::MappingCache>& mappings, workers::StatusBoard& status);

}  // namespace mensa::cli
