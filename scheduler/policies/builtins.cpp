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
      {"optimal", "optimal",
       "the best schedule under sequential execution, with proof where the search ends in time",
       make_optimal},
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
