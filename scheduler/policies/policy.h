#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "scheduler/policies/decision.h"
#include "scheduler/problem/plan.h"

namespace mensa::scheduler {

/// Decides which accelerator runs which layer, and where it cares in which order and what stays on
/// chip. The decision must respect candidates() of every unit and be deterministic; everything else
/// follows from it.
class Policy {
 public:
  virtual ~Policy() = default;
  [[nodiscard]] virtual Plan plan(const SchedulingProblem& problem) const = 0;
  /// Why a unit, by its position in units(), runs where `plan` says, which is what plan() answers
  /// for the problem. By default what whole schedules take that have it elsewhere
  /// (forced_decision.h): right for policies that look at whole schedules.
  [[nodiscard]] virtual Decision explain(const SchedulingProblem& problem, const Plan& plan,
                                         std::size_t unit) const;
};

/// What stands behind the name: "single:pascal" has the target "pascal", "mensa:reuse=32" has the
/// option reuse = "32".
struct PolicyArguments {
  std::string target;
  std::map<std::string, std::string> options;
};

struct PolicyEntry {
  std::string name;   ///< as typed
  std::string usage;  ///< "single:ACCELERATOR"
  std::string help;   ///< one line
  std::function<std::unique_ptr<Policy>(const PolicyArguments&)> make;
};

/// All policies, in the order of the help text.
[[nodiscard]] const std::vector<PolicyEntry>& policies();

/// Parses "NAME", "NAME:TARGET" or "NAME:key=value,key=value". Throws base::Error on an unknown
/// name, option or value, listing what is known.
[[nodiscard]] std::unique_ptr<Policy> make_policy(std::string_view specification);

}  // namespace mensa::scheduler
