#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "scheduler/policies/policy.h"

namespace mensa::scheduler {

/// Reads the options of a policy (or of what else is specified like one) with checks; finish()
/// rejects those that nobody asked for.
class OptionReader {
 public:
  /// All arguments must outlive the reader. `kind`: of what has these options, for messages.
  OptionReader(std::string_view policy, const PolicyArguments& arguments,
               std::string_view kind = "policy")
      : kind_(kind), policy_(policy), arguments_(arguments) {}

  /// Whether the option is given.
  [[nodiscard]] bool has(std::string_view name);
  /// What is given, `otherwise` where nothing is.
  [[nodiscard]] std::string text(std::string_view name, std::string_view otherwise);
  /// An integer in [low, high], `otherwise` where it is not given. Throws base::Error.
  [[nodiscard]] std::int64_t integer(std::string_view name, std::int64_t otherwise,
                                     std::int64_t low, std::int64_t high);

  /// A number in [low, high], `otherwise` where it is not given. Throws base::Error.
  [[nodiscard]] double number(std::string_view name, double otherwise, double low, double high);
  /// Throws base::Error on an option not asked for, or a target where the policy takes none.
  void finish(bool takes_target = false) const;

 private:
  /// The text of an option; null where it is not given.
  [[nodiscard]] const std::string* find(std::string_view name);

  std::string_view kind_;
  std::string_view policy_;
  const PolicyArguments& arguments_;
  std::vector<std::string> known_;
};

}  // namespace mensa::scheduler
