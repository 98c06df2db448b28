#pragma once

#include <string>
#include <vector>

#include "scheduler/problem/scheduling_problem.h"

namespace mensa::scheduler {

/// A figure that a policy looks at, and what it would have to be.
struct Change {
  /// "time" or "energy" of the unit where it is, in seconds or picojoules; else an option of the
  /// policy.
  std::string what;
  double now = 0;
  double needed = 0;
};

/// The least changes, all of them together and all else as it is, with which a policy puts a unit
/// elsewhere.
struct Flip {
  std::vector<Change> changes;  ///< mostly one
  AcceleratorId then;           ///< where the unit runs then
};

/// Why a policy has a unit run where it does.
struct Decision {
  std::vector<std::string> reasons;  ///< sentences for people, in the order of the policy's steps
  /// Empty where nothing short of another policy, or of other accelerators, changes it.
  std::vector<Flip> flips;
};

}  // namespace mensa::scheduler
