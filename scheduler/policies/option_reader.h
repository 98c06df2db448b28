#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "scheduler/policies/policy.h"

namespace mensa::scheduler {

/// Reads the options of a policy with checks; finish() rejects those that nobody asked for.
class OptionReader {
 public:
  /// Both arguments must outlive the reader.
  OptionReader(std::string_view policy, const PolicyArguments& arguments)
      : policy_(policy), arguments_(arguments) {}

  /// A number in [low, high], `otherwise` where it is not given. Throws base::Error.
  [[nodiscard]] double number(std::string_view name, double otherwise, double low, double high);
  /// Throws base::Error on an option not asked for, or a target where the policy takes none.
  void finish(bool takes_target = false) const;

 private:
  std::string_view policy_;
  const PolicyArguments& arguments_;
  std::vector<std::string> known_;
};

}  // namespace mensa::scheduler
