#include "scheduler/policies/builtins.h"

#include <algorithm>

#include "models/base/error.h"
#include "scheduler/policies/option_reader.h"

namespace mensa::scheduler {

const std::vector<PolicyEntry>& policies() {
  static const std::vector<PolicyEntry> kPolicies = {
      {"mensa", "mensa[:compute_ratio=2,reuse=64]",
       "the papers' two phases: ideal accelerator per layer, then stay where moving does not pay",
       make_mensa},
      {"greedy", "greedy", "each layer on the accelerator that suits it best in isolation",
       make_greedy},
      {"single", "single:ACCELERATOR", "every layer on one accelerator", make_single},
  };
  return kPolicies;
}

std::unique_ptr<Policy> make_policy(std::string_view specification) {
  const std::size_t colon = specification.find(':');
  const std::string name(specification.substr(0, colon));
  PolicyArguments arguments;
  std::string_view rest =
      colon == std::string_view::npos ? std::string_view() : specification.substr(colon + 1);
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    const std::string_view part = rest.substr(0, comma);
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos) {
      arguments.target = part;
    } else {
      arguments.options[std::string(part.substr(0, equals))] = part.substr(equals + 1);
    }
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
  }
  for (const PolicyEntry& entry : policies()) {
    if (entry.name == name) return entry.make(arguments);
  }
  std::vector<std::string> known;
  for (const PolicyEntry& entry : policies()) known.push_back(entry.name);
  throw base::Error(base::unknown_name_message("policy", name, known));
}

}  // namespace mensa::scheduler
