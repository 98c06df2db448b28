#include "scheduler/exact/best_path.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <tuple>
#include <utility>

namespace mensa::scheduler {

using accelerators::Objective;

namespace {

using Arc = DecisionGraph::Arc;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Sums of rounded numbers are compared with this much room, so that rounding rules out nothing.
constexpr double kRoom = 1e-12;

/// What one unit of time and of energy weigh in a sum.
struct Weights {
  double time = 0;
  double energy = 0;
};

/// By position and state: the least weighted sum to the end.
using Distances = std::vector<std::vector<double>>;

double weighted(const Arc& arc, const Weights& weights) {
  return weights.time * arc.seconds + weights.energy * arc.picojoules;
}

Distances distances_to_end(const DecisionGraph& graph, const Weights& weights) {
  const auto& positions = graph.positions();
  Distances distances(positions.size());
  distances.back().assign(positions.back().size(), 0.0);
  for (std::size_t p = positions.size() - 1; p-- > 0;) {
    distances[p].assign(positions[p].size(), kInfinity);
    for (std::size_t s = 0; s < positions[p].size(); ++s) {
      for (const Arc& arc : positions[p][s]) {
        distances[p][s] =
            std::min(distances[p][s], weighted(arc, weights) + distances[p + 1][arc.to]);
      }
    }
  }
  return distances;
}

/// A path whose weighted sum is the least.
BestPath shortest_path(const DecisionGraph& graph, const Weights& weights,
                       const Distances& distances) {
  if (std::isinf(distances[0][0])) throw std::logic_error("no plan runs every unit somewhere");
  BestPath path;
  std::uint32_t state = 0;
  for (std::size_t p = 0; p + 1 < graph.positions().size(); ++p) {
    const DecisionGraph::State& arcs = graph.positions()[p][state];
    const auto best = std::min_element(arcs.begin(), arcs.end(), [&](const Arc& a, const Arc& b) {
      return weighted(a, weights) + distances[p + 1][a.to] <
             weighted(b, weights) + distances[p + 1][b.to];
    });
    path.arcs.push_back(static_cast<std::uint32_t>(best - arcs.begin()));
    path.seconds += best->seconds;
    path.picojoules += best->picojoules;
    state = best->to;
  }
  return path;
}

/// A corner of what can still be reached from a state: no rest of a path is below the corners'
/// hull.
struct Corner {
  double seconds = 0;
  double picojoules = 0;
};

/// The lower left hull of all rests of paths, outlined by the least time, the least energy and
/// weighted sums in between.
class Outlook {
 public:
  void add(const Weights& weights, Distances distances) {
    weights_.push_back(weights);
    distances_.push_back(std::move(distances));
  }

  /// Corners of the polygon that holds all rests of paths from a state; of them all the products
  /// that are the smallest, for (T + t)(E + e) has no minimum inside of an edge.
  [[nodiscard]] std::vector<Corner> corners(std::size_t position, std::size_t state) const {
    // Half planes weights.time * t + weights.energy * e >= distance, by falling weight of time.
    std::vector<Corner> found;
    for (std::size_t i = 0; i + 1 < weights_.size(); ++i) {
      const Corner corner = crossing(position, state, i, i + 1);
      found.push_back(corner);
    }
    return found;
  }

 private:
  [[nodiscard]] Corner crossing(std::size_t position, std::size_t state, std::size_t i,
                                std::size_t j) const {
    const Weights& a = weights_[i];
    const Weights& b = weights_[j];
    const double p = distances_[i][position][state];
    const double q = distances_[j][position][state];
    const double determinant = a.time * b.energy - b.time * a.energy;
    return {(p * b.energy - q * a.energy) / determinant, (a.time * q - b.time * p) / determinant};
  }

  std::vector<Weights> weights_;  ///< by falling weight of time against energy
  std::vector<Distances> distances_;
};

/// Time and energy of the first arcs of a path.
struct Label {
  double seconds = 0;
  double picojoules = 0;
  std::uint32_t before = 0;  ///< label at the position before
  std::uint32_t arc = 0;
};

class SmallestProduct {
 public:
  SmallestProduct(const DecisionGraph& graph, std::size_t most_labels)
      : graph_(graph), most_labels_(most_labels) {}

  BestPath find() {
    look_ahead();
    spread();
    return std::move(best_);
  }

 private:
  static double product(const BestPath& path) { return path.seconds * path.picojoules; }

  void consider(BestPath path) {
    if (best_.arcs.empty() || product(path) < product(best_)) best_ = std::move(path);
  }

  /// Weighted sums from the least time to the least energy, closer where the best product so far
  /// is: its slope there says what a second is worth in energy.
  void look_ahead() {
    std::vector<std::pair<Weights, Distances>> sums;
    const auto add = [&](const Weights& weights) {
      Distances distances = distances_to_end(graph_, weights);
      BestPath path = shortest_path(graph_, weights, distances);
      consider(path);
      sums.emplace_back(weights, std::move(distances));
      return path;
    };
    const BestPath fastest = add({1, 0});
    add({0, 1});
    // d(TE) = E dT + T dE: at the best product time weighs as energy does, each by the other.
    double slope = fastest.picojoules / fastest.seconds;
    constexpr int kSteps = 8;
    for (int i = 0; i < kSteps; ++i) {
      add({slope, 1});
      const double next = best_.picojoules / best_.seconds;
      if (std::abs(next - slope) <= 1e-6 * slope) break;
      slope = next;
    }
    constexpr std::array kAround = {0.25, 0.5, 0.7, 0.85, 0.95, 1.05, 1.15, 1.4, 2.0, 4.0};
    slope = best_.picojoules / best_.seconds;
    for (const double factor : kAround) add({slope * factor, 1});
    std::stable_sort(sums.begin(), sums.end(), [](const auto& a, const auto& b) {
      return a.first.time * b.first.energy > b.first.time * a.first.energy;
    });
    const Weights* last = nullptr;
    for (auto& [weights, distances] : sums) {
      const bool same =
          last != nullptr && weights.time * last->energy == last->time * weights.energy;
      if (same) continue;
      outlook_.add(weights, std::move(distances));
      last = &weights;
    }
  }

  /// The least product that a path with this label can end with.
  static double least_product(const Label& label, const std::vector<Corner>& corners) {
    double least = kInfinity;
    for (const Corner& corner : corners) {
      least = std::min(least,
                       (label.seconds + corner.seconds) * (label.picojoules + corner.picojoules));
    }
    return least;
  }

  void spread() {
    const auto& positions = graph_.positions();
    labels_.resize(positions.size());
    std::vector<std::vector<std::uint32_t>> at = {{0}};  // labels by state
    labels_[0] = {Label{}};
    for (std::size_t p = 0; p + 1 < positions.size(); ++p) {
      at = advance(p, at);
      count_ += labels_[p + 1].size();
      if (count_ > most_labels_) {
        best_.bound = std::min(product(best_), least_of_open(p + 1, at));
        best_.proved = false;
        return;
      }
    }
    // What was ruled out is no better than the best path known; what is left may be.
    const Label* winner = nullptr;
    for (const Label& label : labels_.back()) {
      if (label.seconds * label.picojoules >= product(best_)) continue;
      if (winner == nullptr ||
          label.seconds * label.picojoules < winner->seconds * winner->picojoules) {
        winner = &label;
      }
    }
    if (winner != nullptr) trace(*winner);
    best_.bound = product(best_);
    best_.proved = true;
  }

  std::vector<std::vector<std::uint32_t>> advance(
      std::size_t position, const std::vector<std::vector<std::uint32_t>>& at) {
    const auto& states = graph_.positions()[position];
    std::vector<std::vector<Label>> reached(graph_.positions()[position + 1].size());
    for (std::size_t s = 0; s < states.size(); ++s) {
      for (const std::uint32_t l : at[s]) {
        const Label& label = labels_[position][l];
        for (std::uint32_t a = 0; a < states[s].size(); ++a) {
          const Arc& arc = states[s][a];
          reached[arc.to].push_back(
              {label.seconds + arc.seconds, label.picojoules + arc.picojoules, l, a});
        }
      }
    }
    std::vector<std::vector<std::uint32_t>> next(reached.size());
    for (std::size_t s = 0; s < reached.size(); ++s) {
      keep_best(reached[s], position + 1, s);
      for (const Label& label : reached[s]) {
        next[s].push_back(static_cast<std::uint32_t>(labels_[position + 1].size()));
        labels_[position + 1].push_back(label);
      }
    }
    return next;
  }

  /// Drops labels that another one of the state is no worse than, and those that cannot end better
  /// than the best path known.
  void keep_best(std::vector<Label>& labels, std::size_t position, std::size_t state) const {
    if (labels.empty()) return;
    std::sort(labels.begin(), labels.end(), [](const Label& a, const Label& b) {
      return std::tie(a.seconds, a.picojoules) < std::tie(b.seconds, b.picojoules);
    });
    const std::vector<Corner> corners = outlook_.corners(position, state);
    const double limit = product(best_) * (1 + kRoom);
    double least_energy = kInfinity;
    std::erase_if(labels, [&](const Label& label) {
      if (label.picojoules >= least_energy) return true;
      least_energy = label.picojoules;
      return least_product(label, corners) * (1 - kRoom) > limit;
    });
  }

  [[nodiscard]] double least_of_open(std::size_t position,
                                     const std::vector<std::vector<std::uint32_t>>& at) const {
    double least = kInfinity;
    for (std::size_t s = 0; s < at.size(); ++s) {
      const std::vector<Corner> corners = outlook_.corners(position, s);
      for (const std::uint32_t l : at[s]) {
        least = std::min(least, least_product(labels_[position][l], corners));
      }
    }
    return least;
  }

  void trace(const Label& last) {
    BestPath path;
    path.seconds = last.seconds;
    path.picojoules = last.picojoules;
    path.arcs.resize(labels_.size() - 1);
    const Label* label = &last;
    for (std::size_t p = labels_.size() - 1; p > 0; --p) {
      path.arcs[p - 1] = label->arc;
      label = &labels_[p - 1][label->before];
    }
    best_ = std::move(path);
  }

  const DecisionGraph& graph_;
  std::size_t most_labels_;
  std::size_t count_ = 0;
  Outlook outlook_;
  BestPath best_;
  std::vector<std::vector<Label>> labels_;  ///< by position
};

}  // namespace

BestPath best_path(const DecisionGraph& graph, Objective objective, std::size_t most_labels) {
  if (objective == Objective::kEdp) return SmallestProduct(graph, most_labels).find();
  const Weights weights = objective == Objective::kLatency ? Weights{1, 0} : Weights{0, 1};
  BestPath path = shortest_path(graph, weights, distances_to_end(graph, weights));
  path.bound = objective == Objective::kLatency ? path.seconds : path.picojoules;
  path.proved = true;
  return path;
}

}  // namespace mensa::scheduler
