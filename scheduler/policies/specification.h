#pragma once

#include <string>
#include <string_view>

#include "scheduler/policies/policy.h"

namespace mensa::scheduler {

/// "NAME", "NAME:TARGET" or "NAME:key=value,key=value" in its parts.
struct Specification {
  std::string name;
  PolicyArguments arguments;
};

/// `kind`: what is specified, for messages: "policy". Values hold no comma. Throws base::Error on
/// an option that stands twice, one without a value, or a second target.
[[nodiscard]] Specification parse_specification(std::string_view kind, std::string_view text);

}  // namespace mensa::scheduler
