#pragma once

#include "explore/search/search.h"

namespace mensa::explore {

/// Every point once, the last parameter fastest. Throws base::Error beyond kMostGridPoints.
[[nodiscard]] std::unique_ptr<Search> make_grid(const Space& space);
inline constexpr double kMostGridPoints = 1e12;

/// Every point once, in random order.
[[nodiscard]] std::unique_ptr<Search> make_random(const Space& space);

/// Sobol's sequence, shifted by the seed.
[[nodiscard]] std::unique_ptr<Search> make_sobol(const Space& space);

/// NSGA-II (Deb et al., IEEE TEVC 6(2), 2002), by pagmo.
[[nodiscard]] std::unique_ptr<Search> make_nsga2(const Space& space);

/// MOEA/D with differential evolution (Li and Zhang, IEEE TEVC 13(2), 2009), by pagmo.
[[nodiscard]] std::unique_ptr<Search> make_moead(const Space& space);

/// Simulated annealing, one chain for each of several trade-offs between the objectives.
[[nodiscard]] std::unique_ptr<Search> make_anneal(const Space& space);

}  // namespace mensa::explore
