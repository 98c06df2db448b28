#pragma once

#include <vector>

#include "explore/design/budget.h"
#include "explore/design/candidate_costs.h"

namespace mensa::explore {

/// Throws base::Error saying that nothing that runs all models keeps the budgets, and what the
/// smallest accelerator that does would take; or which layers run on no accelerator of whatever
/// size.
[[noreturn]] void throw_nothing_fits(const Platform& platform, const Budget& budget,
                                     const std::vector<DesignModel>& models,
                                     const std::vector<WorkItem>& items,
                                     const CandidateCosts& costs, const Parallel& parallel,
                                     const std::vector<std::size_t>& places);

}  // namespace mensa::explore
