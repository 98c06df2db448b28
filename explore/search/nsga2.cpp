#include <pagmo/algorithm.hpp>
#include <pagmo/algorithms/nsga2.hpp>
#include <pagmo/bfe.hpp>

#include "explore/search/builtins.h"
#include "explore/search/pagmo_problem.h"

namespace mensa::explore {
namespace {

/// Of the offspring of a generation, all at once.
struct Generation {
  const PagmoProblem* problem = nullptr;
  pagmo::vector_double operator()(const pagmo::problem& /*same*/,
                                  const pagmo::vector_double& all) const {
    return problem->fitness_of_all(all);
  }
};

class Nsga2 final : public Search {
 public:
  explicit Nsga2(const Space& space) : space_(space) {}

  void run(const Judge& judge) override {
    constexpr double kCrossover = 0.95;
    constexpr double kCrossoverIndex = 10;
    constexpr double kMutationIndex = 50;
    const PagmoProblem problem(space_, judge, true);
    if (problem.varied().empty()) {
      static_cast<void>(judge({Point(space_.parameters.size(), 0)}));
      return;
    }
    pagmo::population population = problem.first_population();
    // One parameter of a point changes, on average.
    const double mutation = 1.0 / static_cast<double>(problem.varied().size());
    pagmo::nsga2 nsga2(1U, kCrossover, kCrossoverIndex, mutation, kMutationIndex,
                       static_cast<unsigned>(space_.search.seed));
    nsga2.set_bfe(pagmo::bfe(Generation{&problem}));
    while (true) population = nsga2.evolve(population);
  }

 private:
  const Space& space_;
};

}  // namespace

std::unique_ptr<Search> make_nsga2(const Space& space) { return std::make_unique<Nsga2>(space); }

}  // namespace mensa::explore
