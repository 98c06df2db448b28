#include "explore/design/selection.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "explore/design/budget.h"

namespace mensa::explore {
namespace {

/// What a choice, or a part of one, takes.
struct Sums {
  double area = 0;
  double power = 0;
  double leakage = 0;
  std::vector<double> area_at;
  std::vector<double> power_at;
  std::vector<TimeEnergy> costs;

  void add(const SelectionOption& option) {
    area += option.area;
    power += option.peak_power;
    leakage += option.leakage;
    area_at[option.place] += option.area;
    power_at[option.place] += option.peak_power;
    for (std::size_t m = 0; m < costs.size(); ++m) costs[m] += option.costs[m];
  }
};

Sums nothing_yet(const SelectionProblem& problem, std::size_t models) {
  Sums sums;
  sums.area_at.resize(problem.most_area_at.size());
  sums.power_at.resize(problem.most_power_at.size());
  sums.costs.resize(models);
  return sums;
}

/// With so much of each budget to come at the least.
bool keeps_budgets(const SelectionProblem& problem, const Sums& sums, double area, double power) {
  if (!is_within(sums.area + area, problem.most_area)) return false;
  if (problem.most_power && !is_within(sums.power + power, *problem.most_power)) return false;
  for (std::size_t p = 0; p < problem.most_area_at.size(); ++p) {
    const auto& most_area = problem.most_area_at[p];
    const auto& most_power = problem.most_power_at[p];
    if (most_area && !is_within(sums.area_at[p], *most_area)) return false;
    if (most_power && !is_within(sums.power_at[p], *most_power)) return false;
  }
  return true;
}

double merit_of_sums(const SelectionProblem& problem, const Merit& merit,
                     std::vector<TimeEnergy> costs, double leakage) {
  const double power = problem.background_power + leakage;
  for (TimeEnergy& cost : costs) cost.energy += power * cost.time;
  return merit.of(costs);
}

/// The options of a cluster by area, with the least of everything among the smaller ones.
struct Cluster {
  std::size_t position = 0;        ///< in the problem
  std::vector<std::size_t> order;  ///< options in which they are tried
  std::vector<double> areas;       ///< ascending
  double least_power = 0;
  std::vector<double> least_leakage;                 ///< of the first so many by area, less one
  std::vector<std::vector<TimeEnergy>> least_costs;  ///< the same, by model
};

class SelectionSearch {
 public:
  SelectionSearch(const SelectionProblem& problem, const Merit& merit, std::size_t count,
                  std::int64_t most_nodes)
      : problem_(problem),
        merit_(merit),
        count_(count),
        most_nodes_(most_nodes),
        models_(merit.weights().size()) {}

  Selections run() {
    clusters_.reserve(problem_.clusters.size());
    for (std::size_t c = 0; c < problem_.clusters.size(); ++c) {
      if (problem_.clusters[c].empty()) return {};
      clusters_.push_back(prepare(c));
    }
    order_clusters();
    least_area_behind_.assign(clusters_.size() + 1, 0.0);
    least_power_behind_.assign(clusters_.size() + 1, 0.0);
    for (std::size_t c = clusters_.size(); c-- > 0;) {
      least_area_behind_[c] = least_area_behind_[c + 1] + clusters_[c].areas.front();
      least_power_behind_[c] = least_power_behind_[c + 1] + clusters_[c].least_power;
    }
    chosen_.resize(clusters_.size());
    descend(0, nothing_yet(problem_, models_));
    return std::move(found_);
  }

 private:
  [[nodiscard]] Cluster prepare(std::size_t c) const {
    const std::vector<SelectionOption>& options = problem_.clusters[c];
    Cluster cluster;
    cluster.position = c;
    cluster.order.resize(options.size());
    std::iota(cluster.order.begin(), cluster.order.end(), std::size_t{0});
    std::vector<std::size_t> by_area = cluster.order;
    std::stable_sort(by_area.begin(), by_area.end(), [&](std::size_t a, std::size_t b) {
      return options[a].area < options[b].area;
    });
    constexpr double kMost = std::numeric_limits<double>::infinity();
    double leakage = kMost;
    cluster.least_power = kMost;
    std::vector<TimeEnergy> least(models_, {kMost, kMost});
    for (const std::size_t o : by_area) {
      const SelectionOption& option = options[o];
      leakage = std::min(leakage, option.leakage);
      cluster.least_power = std::min(cluster.least_power, option.peak_power);
      for (std::size_t m = 0; m < models_; ++m) {
        least[m].time = std::min(least[m].time, option.costs[m].time);
        least[m].energy = std::min(least[m].energy, option.costs[m].energy);
      }
      cluster.areas.push_back(option.area);
      cluster.least_leakage.push_back(leakage);
      cluster.least_costs.push_back(least);
    }
    return cluster;
  }

  /// The clusters of most options last: where bounds cut, most is cut. Within each the options that
  /// are best with the least of all others first.
  void order_clusters() {
    std::stable_sort(clusters_.begin(), clusters_.end(), [&](const Cluster& a, const Cluster& b) {
      return a.order.size() < b.order.size();
    });
    for (Cluster& cluster : clusters_) {
      std::vector<double> key(cluster.order.size());
      for (const std::size_t o : cluster.order) {
        Sums sums = nothing_yet(problem_, models_);
        sums.add(problem_.clusters[cluster.position][o]);
        for (const Cluster& other : clusters_) {
          if (&other == &cluster) continue;
          for (std::size_t m = 0; m < models_; ++m) sums.costs[m] += other.least_costs.back()[m];
        }
        key[o] = merit_of_sums(problem_, merit_, sums.costs, sums.leakage);
      }
      std::stable_sort(cluster.order.begin(), cluster.order.end(),
                       [&](std::size_t a, std::size_t b) { return key[a] < key[b]; });
    }
  }

  /// No completion of `sums` from cluster `depth` on is better than this.
  [[nodiscard]] double bound(std::size_t depth, const Sums& sums) const {
    std::vector<TimeEnergy> costs = sums.costs;
    double leakage = sums.leakage;
    for (std::size_t c = depth; c < clusters_.size(); ++c) {
      const Cluster& cluster = clusters_[c];
      // What the others behind take of the area at the least.
      const double others = least_area_behind_[depth] - cluster.areas.front();
      const double left = problem_.most_area - sums.area - others;
      std::size_t fits = 0;
      while (fits < cluster.areas.size() && is_within(cluster.areas[fits], left)) ++fits;
      if (fits == 0) fits = 1;  // by rounding alone
      leakage += cluster.least_leakage[fits - 1];
      for (std::size_t m = 0; m < models_; ++m) costs[m] += cluster.least_costs[fits - 1][m];
    }
    return merit_of_sums(problem_, merit_, std::move(costs), leakage);
  }

  void descend(std::size_t depth, const Sums& sums) {
    if (!found_.proven) return;
    if (++found_.nodes > most_nodes_) {
      found_.proven = false;
      return;
    }
    if (depth == clusters_.size()) {
      keep(merit_of_sums(problem_, merit_, sums.costs, sums.leakage));
      return;
    }
    const Cluster& cluster = clusters_[depth];
    for (const std::size_t o : cluster.order) {
      Sums with = sums;
      with.add(problem_.clusters[cluster.position][o]);
      if (!keeps_budgets(problem_, with, least_area_behind_[depth + 1],
                         least_power_behind_[depth + 1])) {
        continue;
      }
      if (found_.best.size() == count_ && bound(depth + 1, with) >= found_.best.back().merit) {
        continue;
      }
      chosen_[cluster.position] = o;
      descend(depth + 1, with);
    }
  }

  void keep(double merit) {
    if (!(merit < std::numeric_limits<double>::infinity())) return;  // something does not run
    const auto place =
        std::upper_bound(found_.best.begin(), found_.best.end(), merit,
                         [](double value, const Selection& one) { return value < one.merit; });
    found_.best.insert(place, {chosen_, merit});
    if (found_.best.size() > count_) found_.best.pop_back();
  }

  const SelectionProblem& problem_;
  const Merit& merit_;
  std::size_t count_;
  std::int64_t most_nodes_;
  std::size_t models_;
  std::vector<Cluster> clusters_;
  std::vector<double> least_area_behind_;   ///< of clusters from there on
  std::vector<double> least_power_behind_;  ///< the same
  std::vector<std::size_t> chosen_;         ///< by cluster of the problem
  Selections found_;
};

}  // namespace

Selections best_selections(const SelectionProblem& problem, const Merit& merit, std::size_t count,
                           std::int64_t most_nodes) {
  return SelectionSearch(problem, merit, count, most_nodes).run();
}

std::optional<double> merit_of(const SelectionProblem& problem, const Merit& merit,
                               const std::vector<std::size_t>& options) {
  Sums sums = nothing_yet(problem, merit.weights().size());
  for (std::size_t c = 0; c < options.size(); ++c) sums.add(problem.clusters[c][options[c]]);
  if (!keeps_budgets(problem, sums, 0, 0)) return std::nullopt;
  return merit_of_sums(problem, merit, sums.costs, sums.leakage);
}

std::vector<std::size_t> pareto_options(const std::vector<SelectionOption>& options,
                                        const std::vector<double>& scores) {
  const auto beats = [&](std::size_t a, std::size_t b) {
    if (options[a].place != options[b].place) return false;
    const bool no_worse = options[a].area <= options[b].area &&
                          options[a].peak_power <= options[b].peak_power &&
                          options[a].leakage <= options[b].leakage && scores[a] <= scores[b];
    if (!no_worse) return false;
    const bool is_equal = options[a].area == options[b].area &&
                          options[a].peak_power == options[b].peak_power &&
                          options[a].leakage == options[b].leakage && scores[a] == scores[b];
    return !is_equal || a < b;
  };
  std::vector<std::size_t> kept;
  for (std::size_t o = 0; o < options.size(); ++o) {
    bool is_beaten = false;
    for (std::size_t other = 0; other < options.size() && !is_beaten; ++other) {
      is_beaten = other != o && beats(other, o);
    }
    if (!is_beaten) kept.push_back(o);
  }
  return kept;
}

}  // namespace mensa::explore
