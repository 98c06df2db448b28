#include "scheduler/exact/best_path.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <utility>

#include "scheduler/exact/product_bound.h"

namespace mensa::scheduler {

using accelerators::Objective;

namespace {

using Arc = DecisionGraph::Arc;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// What a second and a picojoule weigh in a sum.
struct Weights {
  double time = 0;
  double energy = 0;
};

class WeightedPaths {
 public:
  explicit WeightedPaths(const DecisionGraph& graph) : graph_(graph) {}

  /// A path whose weighted sum is the least.
  BestPath shortest(const Weights& weights) {
    find_distances(weights);
    if (std::isinf(distances_[0][0])) throw std::logic_error("no plan runs every unit somewhere");
    BestPath path;
    std::uint32_t state = 0;
    for (std::size_t p = 0; p + 1 < graph_.positions().size(); ++p) {
      const DecisionGraph::State& arcs = graph_.positions()[p][state];
      const auto best = std::min_element(arcs.begin(), arcs.end(), [&](const Arc& a, const Arc& b) {
        return sum_from(p, a, weights) < sum_from(p, b, weights);
      });
      path.arcs.push_back(static_cast<std::uint32_t>(best - arcs.begin()));
      path.seconds += best->seconds;
      path.picojoules += best->picojoules;
      state = best->to;
    }
    return path;
  }

 private:
  [[nodiscard]] double sum_from(std::size_t position, const Arc& arc,
                                const Weights& weights) const {
    return weights.time * arc.seconds + weights.energy * arc.picojoules +
           distances_[position + 1][arc.to];
  }

  void find_distances(const Weights& weights) {
    const auto& positions = graph_.positions();
    distances_.resize(positions.size());
    distances_.back().assign(positions.back().size(), 0.0);
    for (std::size_t p = positions.size() - 1; p-- > 0;) {
      distances_[p].assign(positions[p].size(), kInfinity);
      for (std::size_t s = 0; s < positions[p].size(); ++s) {
        for (const Arc& arc : positions[p][s]) {
          distances_[p][s] = std::min(distances_[p][s], sum_from(p, arc, weights));
        }
      }
    }
  }

  const DecisionGraph& graph_;
  std::vector<std::vector<double>> distances_;  ///< to the end, by position and state
};

BestPath smallest_product(WeightedPaths& paths) {
  BestPath best;
  std::vector<WeightedBound> bounds;
  const auto solve = [&](const Weights& weights) {
    BestPath path = paths.shortest(weights);
    const double sum = weights.time * path.seconds + weights.energy * path.picojoules;
    bounds.push_back({weights.time, weights.energy, sum * (1 - kRounding)});
    const bool is_better =
        best.arcs.empty() || path.seconds * path.picojoules < best.seconds * best.picojoules;
    if (is_better) best = std::move(path);
  };
  solve({1, 0});
  solve({0, 1});
  TimeAndEnergy last;
  while (true) {
    const TimeAndEnergy corner = least_product(bounds);
    // Every line cuts off the corner it is drawn for, unless a path is there.
    const bool is_proved = best.seconds * best.picojoules <= corner.product() * (1 + 4 * kRounding);
    const bool is_new = corner.seconds != last.seconds || corner.picojoules != last.picojoules;
    if (is_proved || !is_new) return best;
    last = corner;
    // d(TE) = E dT + T dE: in the corner time weighs as energy does, each by the other.
    solve({corner.picojoules, corner.seconds});
  }
}

}  // namespace

BestPath best_path(const DecisionGraph& graph, Objective objective) {
  if (!graph.complete()) throw std::logic_error("the graph of decisions is not complete");
  WeightedPaths paths(graph);
  if (objective == Objective::kEdp) return smallest_product(paths);
  return paths.shortest(objective == Objective::kLatency ? Weights{1, 0} : Weights{0, 1});
}

}  // namespace mensa::scheduler
