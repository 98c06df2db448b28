#pragma once

#include <string>

#include "accelerators/cost/mac_cost.h"

namespace mensa::accelerators {

/// Everything that a question asks, as a key of hash maps: equal for equal questions only.
[[nodiscard]] std::string question_key(const MacQuestion& question);

}  // namespace mensa::accelerators
