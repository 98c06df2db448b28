#pragma once

#include <cstddef>
#include <vector>

#include "explore/search/search.h"

namespace mensa::explore {

/// Numbers that searches make small, one for each objective: of a point that breaks constraints all
/// are larger than of any that does not, and the larger the more it breaks (the rule of Deb,
/// Comput. Methods Appl. Mech. Engrg. 186, 2000).
[[nodiscard]] std::vector<double> fitness_of(const Judgement& judgement, std::size_t objectives);

}  // namespace mensa::explore
