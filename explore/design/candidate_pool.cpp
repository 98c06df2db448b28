#include "explore/design/candidate_pool.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>

namespace mensa::explore {
namespace {

/// Options of a cluster that selections look at, those that score best of the Pareto set.
constexpr std::size_t kMostOptions = 64;
constexpr std::size_t kMostRefinements = 8;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

bool runs(const std::vector<TimeEnergy>& costs) {
  return std::all_of(costs.begin(), costs.end(),
                     [](const TimeEnergy& cost) { return std::isfinite(cost.time); });
}

}  // namespace

CandidatePool::CandidatePool(const Platform& platform, const Budget& budget,
                             const std::vector<WorkItem>& items, const Merit& merit,
                             const CandidateCosts& costs, const Parallel& parallel,
                             std::function<void()> before)
    : platform_(platform),
      budget_(budget),
      items_(items),
      merit_(merit),
      evaluation_(costs),
      parallel_(parallel),
      before_(std::move(before)) {}

void CandidatePool::add(const std::vector<Blueprint>& blueprints) {
  std::vector<Blueprint> fresh;
  std::set<Blueprint> seen;
  for (const Blueprint& one : blueprints) {
    if (position_.contains(one) || !seen.insert(one).second) continue;
    if (keeps(platform_, budget_, footprint(platform_, {one}))) fresh.push_back(one);
  }
  std::vector<ItemCosts> costs = evaluation_.of(platform_, fresh, parallel_, before_);
  for (std::size_t i = 0; i < fresh.size(); ++i) {
    position_[fresh[i]] = candidates_.size();
    candidates_.push_back(fresh[i]);
    figures_.push_back(platform_.figures(fresh[i]));
    costs_.push_back(std::move(costs[i]));
  }
  if (!fresh.empty()) update_reference();
}

std::optional<std::size_t> CandidatePool::homeless_item() const {
  for (std::size_t i = 0; i < items_.size(); ++i) {
    const bool has_home = std::any_of(costs_.begin(), costs_.end(), [&](const ItemCosts& costs) {
      return std::isfinite(costs[i].time);
    });
    if (!has_home) return i;
  }
  return std::nullopt;
}

void CandidatePool::update_reference() {
  const std::size_t models = merit_.weights().size();
  double best = kInfinity;
  std::size_t found = candidates_.size();
  for (std::size_t c = 0; c < candidates_.size(); ++c) {
    std::vector<TimeEnergy> sums(models);
    for (std::size_t i = 0; i < items_.size(); ++i) sums[items_[i].model] += costs_[c][i];
    const double power = platform_.background_power() + figures_[c].leakage;
    for (TimeEnergy& sum : sums) sum.energy += power * sum.time;
    if (!runs(sums)) continue;
    const double merit = merit_.of(sums);
    if (merit >= best) continue;
    best = merit;
    found = c;
  }
  if (found < candidates_.size()) {
    reference_ = costs_[found];
    reference_leakage_ = figures_[found].leakage;
    return;
  }
  reference_.assign(items_.size(), {kInfinity, kInfinity});
  for (const ItemCosts& costs : costs_) {
    for (std::size_t i = 0; i < items_.size(); ++i) {
      if (costs[i].time * costs[i].energy < reference_[i].time * reference_[i].energy) {
        reference_[i] = costs[i];
      }
    }
  }
}

std::vector<TimeEnergy> CandidatePool::cost_of(const ItemClusters& clusters, std::size_t cluster,
                                               std::size_t candidate) const {
  std::vector<TimeEnergy> sums(merit_.weights().size());
  for (std::size_t i = 0; i < items_.size(); ++i) {
    if (clusters.labels[i] == cluster) sums[items_[i].model] += costs_[candidate][i];
  }
  return sums;
}

std::vector<double> CandidatePool::scores_of(const ItemClusters& clusters, std::size_t cluster,
                                             const std::vector<SelectionOption>& options) const {
  // All else as on the reference.
  std::vector<TimeEnergy> others(merit_.weights().size());
  for (std::size_t i = 0; i < items_.size(); ++i) {
    if (clusters.labels[i] != cluster) others[items_[i].model] += reference_[i];
  }
  const double power = platform_.background_power() + reference_leakage_;
  std::vector<double> scores;
  scores.reserve(options.size());
  for (const SelectionOption& option : options) {
    std::vector<TimeEnergy> costs = others;
    for (std::size_t m = 0; m < costs.size(); ++m) {
      costs[m] += option.costs[m];
      costs[m].energy += power * costs[m].time;
    }
    scores.push_back(merit_.of(costs));
  }
  return scores;
}

std::vector<std::size_t> CandidatePool::options_of(const ItemClusters& clusters,
                                                   std::size_t cluster,
                                                   std::vector<SelectionOption>& options) const {
  std::vector<std::size_t> candidates;
  std::vector<SelectionOption> all;
  for (std::size_t c = 0; c < candidates_.size(); ++c) {
    std::vector<TimeEnergy> costs = cost_of(clusters, cluster, c);
    if (!runs(costs)) continue;
    candidates.push_back(c);
    all.push_back({figures_[c].area, figures_[c].peak_power, figures_[c].leakage,
                   candidates_[c].place, std::move(costs)});
  }
  const std::vector<double> scores = scores_of(clusters, cluster, all);
  std::vector<std::size_t> kept = pareto_options(all, scores);
  std::stable_sort(kept.begin(), kept.end(),
                   [&](std::size_t a, std::size_t b) { return scores[a] < scores[b]; });
  if (kept.size() > kMostOptions) {
    // The smallest one stays, so that what can be built at all is built.
    const std::size_t smallest =
        *std::min_element(kept.begin(), kept.end(),
                          [&](std::size_t a, std::size_t b) { return all[a].area < all[b].area; });
    kept.resize(kMostOptions);
    if (std::find(kept.begin(), kept.end(), smallest) == kept.end()) kept.back() = smallest;
  }
  std::vector<std::size_t> chosen;
  for (const std::size_t o : kept) {
    chosen.push_back(candidates[o]);
    options.push_back(std::move(all[o]));
  }
  return chosen;
}

std::vector<PoolChoice> CandidatePool::choose(const ItemClusters& clusters,
                                              std::size_t count) const {
  SelectionProblem problem;
  problem.background_power = platform_.background_power();
  problem.most_area = budget_.area;
  problem.most_power = budget_.power;
  for (const Platform::Place& place : platform_.places()) {
    problem.most_area_at.push_back(place.most_area);
    problem.most_power_at.push_back(place.most_power);
  }
  std::vector<std::vector<std::size_t>> candidates;
  for (std::size_t c = 0; c < clusters.count; ++c) {
    problem.clusters.emplace_back();
    candidates.push_back(options_of(clusters, c, problem.clusters.back()));
  }
  const Selections selections = best_selections(problem, merit_, count);
  std::vector<PoolChoice> choices;
  choices.reserve(selections.best.size());
  for (const Selection& selection : selections.best) {
    PoolChoice choice{clusters, {}, selection.merit, selections.proven};
    for (std::size_t c = 0; c < clusters.count; ++c) {
      choice.candidates.push_back(candidates[c][selection.options[c]]);
    }
    choices.push_back(std::move(choice));
  }
  return choices;
}

ItemClusters CandidatePool::reassigned(const PoolChoice& choice) const {
  // Each model's cost as it is, for what a change of one item is worth.
  double power = platform_.background_power();
  for (const std::size_t candidate : choice.candidates) power += figures_[candidate].leakage;
  std::vector<TimeEnergy> now(merit_.weights().size());
  for (std::size_t i = 0; i < items_.size(); ++i) {
    now[items_[i].model] += costs_[choice.candidates[choice.clusters.labels[i]]][i];
  }
  for (TimeEnergy& cost : now) cost.energy += power * cost.time;
  std::vector<std::size_t> labels;
  labels.reserve(items_.size());
  for (std::size_t i = 0; i < items_.size(); ++i) {
    const std::size_t model = items_[i].model;
    std::size_t best = choice.clusters.labels[i];
    double least = kInfinity;
    for (std::size_t c = 0; c < choice.candidates.size(); ++c) {
      TimeEnergy cost = costs_[choice.candidates[c]][i];
      cost.energy += power * cost.time;
      const double change = merit_.change(now[model], cost, 1);
      if (!(change < least)) continue;
      least = change;
      best = c;
    }
    labels.push_back(best);
  }
  return clusters_of(choice.clusters.origin, std::move(labels));
}

std::vector<PoolChoice> CandidatePool::refine(const ItemClusters& clusters,
                                              std::size_t count) const {
  std::vector<PoolChoice> best = choose(clusters, count);
  for (std::size_t round = 0; round < kMostRefinements && !best.empty(); ++round) {
    const ItemClusters next = reassigned(best.front());
    std::vector<PoolChoice> choices = choose(next, count);
    if (choices.empty() || !(choices.front().merit < best.front().merit)) break;
    best = std::move(choices);
  }
  return best;
}

}  // namespace mensa::explore
