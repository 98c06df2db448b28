#include <algorithm>
#include <pagmo/algorithm.hpp>
#include <pagmo/algorithms/moead.hpp>

#include "explore/search/builtins.h"
#include "explore/search/pagmo_problem.h"

namespace mensa::explore {
namespace {

/// Judges one point after the other, but for the first population.
class Moead final : public Search {
 public:
  explicit Moead(const Space& space) : space_(space) {}

  void run(const Judge& judge) override {
    constexpr std::size_t kNeighbours = 20;
    constexpr double kCrossover = 1.0;
    constexpr double kDifferentialWeight = 0.5;
    constexpr double kMutationIndex = 20;
    constexpr double kAmongNeighbours = 0.9;
    constexpr unsigned kMostCopies = 2;
    const PagmoProblem problem(space_, judge, false);
    if (problem.varied().empty()) {
      static_cast<void>(judge({Point(space_.parameters.size(), 0)}));
      return;
    }
    pagmo::population population = problem.first_population();
    const pagmo::moead moead(1U, "low discrepancy", "tchebycheff",
                             std::min(kNeighbours, space_.search.population - 1), kCrossover,
                             kDifferentialWeight, kMutationIndex, kAmongNeighbours, kMostCopies,
                             true, static_cast<unsigned>(space_.search.seed));
    while (true) population = moead.evolve(population);
  }

 private:
  const Space& space_;
};

}  // namespace

std::unique_ptr<Search> make_moead(const Space& space) { return std::make_unique<Moead>(space); }

}  // namespace mensa::explore
