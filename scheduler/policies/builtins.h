#pragma once

#include "scheduler/policies/policy.h"

namespace mensa::scheduler {

/// Runs everything on one accelerator (the host takes vector work it cannot do). Throws base::Error
/// where the accelerator is unknown or some MAC layer does not run there.
[[nodiscard]] std::unique_ptr<Policy> make_single(const PolicyArguments& arguments);

/// Gives each layer the accelerator that suits it best in isolation, blind to what passes between
/// layers.
[[nodiscard]] std::unique_ptr<Policy> make_greedy(const PolicyArguments& arguments);

/// The best schedule of a chain.
[[nodiscard]] std::unique_ptr<Policy> make_chain_dp(const PolicyArguments& arguments);

/// List scheduling for concurrent execution.
[[nodiscard]] std::unique_ptr<Policy> make_heft(const PolicyArguments& arguments);

/// Simulated annealing from the best of the others.
[[nodiscard]] std::unique_ptr<Policy> make_search(const PolicyArguments& arguments);

/// The best schedule under sequential execution.
[[nodiscard]] std::unique_ptr<Policy> make_optimal(const PolicyArguments& arguments);

/// The two phases of Mensa's run-time scheduler.
[[nodiscard]] std::unique_ptr<Policy> make_mensa(const PolicyArguments& arguments);

}  // namespace mensa::scheduler
