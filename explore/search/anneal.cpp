#include <algorithm>
#include <cmath>
#include <numeric>

#include "explore/search/builtins.h"
#include "explore/search/fitness.h"
#include "explore/search/random_source.h"

namespace mensa::explore {
namespace {

// Objectives are logarithms: at 0.3 a point that is a third worse is often taken, at 0.003 none
// that is a percent worse.
constexpr double kHottest = 0.3;
constexpr double kColdest = 0.003;
constexpr double kCooling = 0.97;  ///< by step
/// Of moves that go to the next choice up or down; others go to any.
constexpr double kNearMoves = 0.5;

/// A chain moves by one parameter at a time and makes a weighted sum of the objectives small. Cold
/// ones begin again, hot, from the best they have seen. How fast they cool depends on nothing but
/// their steps, so that a longer search begins as a shorter one does.
class Anneal final : public Search {
 public:
  explicit Anneal(const Space& space) : space_(space) {}

  [[noreturn]] void run(const Judge& judge) override {
    RandomSource random(space_.search.seed);
    std::vector<Chain> chains = first_chains(random);
    std::vector<Point> points;
    points.reserve(chains.size());
    for (const Chain& chain : chains) points.push_back(chain.point);
    take_first(chains, judge(points));
    double temperature = kHottest;
    while (true) {
      for (std::size_t i = 0; i < chains.size(); ++i)
        points[i] = neighbour(chains[i].point, random);
      const std::vector<Judgement> judgements = judge(points);
      for (std::size_t i = 0; i < chains.size(); ++i) {
        step(chains[i], points[i], energy_of(chains[i], judgements[i]), temperature, random);
      }
      temperature *= kCooling;
      if (temperature >= kColdest) continue;
      temperature = kHottest;
      for (Chain& chain : chains) {
        chain.point = chain.best;
        chain.energy = chain.best_energy;
      }
    }
  }

 private:
  struct Chain {
    Point point;
    double energy = 0;
    Point best;
    double best_energy = 0;
    std::vector<double> weights;  ///< of the objectives; sum 1
  };

  [[nodiscard]] std::vector<Chain> first_chains(RandomSource& random) const {
    std::vector<Chain> chains(space_.search.population);
    for (std::size_t i = 0; i < chains.size(); ++i) {
      chains[i].point = random_point(random);
      chains[i].weights = weights_of(i, chains.size(), random);
    }
    return chains;
  }

  /// Of two objectives evenly spread, of more uniform on the simplex.
  [[nodiscard]] std::vector<double> weights_of(std::size_t chain, std::size_t chains,
                                               RandomSource& random) const {
    const std::size_t objectives = space_.objectives.size();
    if (objectives == 2) {
      const double part =
          chains == 1 ? 0.5 : static_cast<double>(chain) / static_cast<double>(chains - 1);
      return {part, 1 - part};
    }
    std::vector<double> weights(objectives);
    for (double& weight : weights) weight = -std::log(1 - random.unit());
    const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
    for (double& weight : weights) weight /= sum;
    return weights;
  }

  [[nodiscard]] Point random_point(RandomSource& random) const {
    Point point;
    point.reserve(space_.parameters.size());
    for (const Parameter& parameter : space_.parameters) {
      point.push_back(static_cast<std::uint32_t>(random.below(parameter.choices.size())));
    }
    return point;
  }

  [[nodiscard]] Point neighbour(Point point, RandomSource& random) const {
    const std::size_t moved = random.below(point.size());
    const std::uint64_t choices = space_.parameters[moved].choices.size();
    std::uint32_t& choice = point[moved];
    const bool is_near = random.unit() < kNearMoves;
    const std::uint64_t any = random.below(choices);
    if (!is_near) {
      choice = static_cast<std::uint32_t>(any);
    } else if (any % 2 == 0) {
      choice = choice + 1 < choices ? choice + 1 : choice;
    } else {
      choice = choice > 0 ? choice - 1 : choice;
    }
    return point;
  }

  [[nodiscard]] double energy_of(const Chain& chain, const Judgement& judgement) const {
    const std::vector<double> fitness = fitness_of(judgement, chain.weights.size());
    return std::inner_product(fitness.begin(), fitness.end(), chain.weights.begin(), 0.0);
  }

  void take_first(std::vector<Chain>& chains, const std::vector<Judgement>& judgements) const {
    for (std::size_t i = 0; i < chains.size(); ++i) {
      chains[i].energy = chains[i].best_energy = energy_of(chains[i], judgements[i]);
      chains[i].best = chains[i].point;
    }
  }

  static void step(Chain& chain, const Point& point, double energy, double temperature,
                   RandomSource& random) {
    const double luck = random.unit();
    if (energy > chain.energy && luck >= std::exp((chain.energy - energy) / temperature)) return;
    chain.point = point;
    chain.energy = energy;
    if (energy >= chain.best_energy) return;
    chain.best = point;
    chain.best_energy = energy;
  }

  const Space& space_;
};

}  // namespace

std::unique_ptr<Search> make_anneal(const Space& space) { return std::make_unique<Anneal>(space); }

}  // namespace mensa::explore
