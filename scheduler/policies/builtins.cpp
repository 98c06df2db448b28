#include "scheduler/policies/builtins.h"

#include <algorithm>

#include "models/base/error.h"
#include "scheduler/policies/specification.h"

namespace mensa::scheduler {

const std::vector<PolicyEntry>& policies() {
  static const std::vector<PolicyEntry> kPolicies = {
      {"mensa", "mensa[:compute_ratio=2,reuse=64,driver=FILE]",
       "the papers' two phases: ideal accelerator per layer, then stay where moving does not pay",
       make_mensa},
      {"greedy", "greedy", "each layer on the accelerator that suits it best in isolation",
       make_greedy},
      {"chain_dp", "chain_dp",
       "the best schedule of a chain, by dynamic programming; of other models with one reader at "
       "most for what stays on chip",
       make_chain_dp},
      {"optimal", "optimal[:time_limit=10]",
       "the best schedule under sequential execution, proved; the limit, in s, is of the integer "
       "program that wide models need",
       make_optimal},
      {"heft", "heft",
       "list scheduling by upward rank, each layer where it ends first: for concurrent execution",
       make_heft},
      {"search", "search[:iterations=20000,seed=1]",
       "simulated annealing from the best of the others, for what these do not look at",
       make_search},
      {"single", "single:ACCELERATOR", "every layer on one accelerator", make_single},
  };
  return kPolicies;
}

std::unique_ptr<Policy> make_policy(std::string_view specification) {
  const auto [name, arguments] = parse_specification("policy", specification);
  for (const PolicyEntry& entry : policies()) {
    if (entry.name == name) return entry.make(arguments);
  }
  std::vector<std::string> known;
  for (const PolicyEntry& entry : policies()) known.push_back(entry.name);
  throw base::Error(base::unknown_name_message("policy", name, known));
}

}  // namespace mensa::scheduler
