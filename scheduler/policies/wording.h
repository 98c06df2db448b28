#pragma once

#include <string>

#include "accelerators/cost/layer_cost.h"

namespace mensa::scheduler {

// Figures in the sentences of a Decision.

[[nodiscard]] std::string in_words(base::Seconds time);  ///< "12.35 us"
[[nodiscard]] std::string in_words(base::Bytes bytes);   ///< "1250 KiB"
/// A score(): "12.35 us", "453.1 nJ", "5.6 pJs".
[[nodiscard]] std::string in_words(accelerators::Objective objective, double score);

}  // namespace mensa::scheduler
