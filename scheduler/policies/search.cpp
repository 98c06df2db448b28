#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "models/base/error.h"
#include "scheduler/policies/builtins.h"
#include "scheduler/policies/option_reader.h"
#include "scheduler/problem/schedule.h"

namespace mensa::scheduler {

using models::LayerId;

namespace {

/// Worsening that is accepted about every third time, at the beginning and at the end: in shares of
/// what a unit takes at the mean.
constexpr double kHottest = 0.5;
constexpr double kColdest = 0.005;

/// Simulated annealing over accelerators and order; what stays on chip follows by the rule of
/// build_schedule, so that every step is a valid schedule. Of several inferences at once it looks
/// at how closely they can follow one another.
class Annealing {
 public:
  Annealing(const SchedulingProblem& problem, std::uint64_t seed)
      : problem_(problem), random_(seed), position_(problem.units().size()) {
    read_by_.resize(problem.units().size());
    for (std::size_t u = 0; u < problem.units().size(); ++u) {
      candidates_.push_back(problem.candidates(problem.units()[u]));
      if (candidates_.back().size() > 1) movable_.push_back(u);
      for (const std::size_t before : problem.waits_for(u)) read_by_[before].push_back(u);
    }
  }

  /// Keeps it if it is the best so far.
  void offer(const Plan& plan) {
    const auto score = score_of(plan);
    if (!score || (best_score_ && *score >= *best_score_)) return;
    best_ = plan;
    best_score_ = score;
  }
  [[nodiscard]] bool has_plan() const { return best_score_.has_value(); }

  Plan improve(std::int64_t iterations) {
    Plan now = best_;
    now.kept.reset();
    if (!now.order) {
      now.order.emplace(position_.size());
      for (std::size_t u = 0; u < position_.size(); ++u) (*now.order)[u] = u;
    }
    auto score = score_of(now);
    for (std::int64_t i = 0; i < iterations && score; ++i) {
      const double progress = static_cast<double>(i) / static_cast<double>(iterations);
      const double heat = kHottest * std::pow(kColdest / kHottest, progress) /
                          static_cast<double>(position_.size());
      Plan next = now;
      if (!change(next)) continue;
      const auto next_score = score_of(next);
      if (!next_score) continue;
      const double worse = *next_score / *score - 1;
      if (worse > 0 && uniform() >= std::exp(-worse / heat)) continue;
      now = std::move(next);
      score = next_score;
      if (*score >= *best_score_) continue;
      best_ = now;
      best_score_ = score;
    }
    return best_;
  }

 private:
  /// Lower is better. None where the schedule is not possible: layers that take
  /// turns do not fit, or a memory does not hold the model.
  [[nodiscard]] std::optional<double> score_of(const Plan& plan) const {
    try {
      const Schedule schedule = build_schedule(problem_, plan, "");
      if (problem_.parts().size() > 1) return score_of_parts(schedule);
      const AnalyticCost cost = analytic_stream_cost(problem_, schedule);
      return accelerators::score(problem_.costs().objective(), cost.latency, cost.energy);
    } catch (const base::Error&) {
      return std::nullopt;
    }
  }

  /// The geometric mean of the models' own scores, so that a short one counts as much as a long
  /// one, times what their delays beyond deadlines make of it.
  [[nodiscard]] double score_of_parts(const Schedule& schedule) const {
    constexpr double kLate = 1e3;  // more than anything else can be worth
    const std::vector<SchedulingProblem::Part>& parts = problem_.parts();
    double logarithms = 0;
    double lateness = 0;
    for (std::size_t p = 0; p < parts.size(); ++p) {
      const AnalyticCost cost = cost_of_part(schedule, p);
      const double score =
          accelerators::score(problem_.costs().objective(), cost.latency, cost.energy);
      logarithms += std::log(std::max(score, std::numeric_limits<double>::min()));
      if (parts[p].deadline) {
        lateness += std::max(0.0, cost.latency.ratio(*parts[p].deadline) - 1);
      }
    }
    return std::exp(logarithms / static_cast<double>(parts.size())) * (1 + kLate * lateness);
  }

  /// From the start of all models to the end of this one.
  [[nodiscard]] AnalyticCost cost_of_part(const Schedule& schedule, std::size_t part) const {
    AnalyticCost cost;
    for (std::size_t u = problem_.parts()[part].first_unit; u < problem_.end_of_part(part); ++u) {
      for (const LayerId id : problem_.units()[u]) {
        const ScheduledLayer& entry = schedule.at(id);
        cost.latency = std::max(cost.latency, entry.end);
        cost.energy +=
            problem_.costs().find(id, entry.accelerator, entry.residency)->cost.energy.total();
      }
    }
    return cost;
  }

  bool change(Plan& plan) {
    const bool reorders = movable_.empty() || draw(3) == 0;
    return reorders ? reorder(plan) : move(plan);
  }

  /// A unit goes to another accelerator, and up to all that follow it on its own with it.
  bool move(Plan& plan) {
    const std::size_t first = movable_[draw(movable_.size())];
    const AcceleratorId from = plan.assignment[layer(first).index()];
    const std::vector<AcceleratorId>& candidates = candidates_[first];
    const AcceleratorId to = candidates[draw(candidates.size())];
    if (to == from) return false;
    constexpr std::size_t kLongest = 8;
    std::size_t left = draw(2) == 0 ? 1 : 1 + draw(kLongest);
    const auto at = std::find(plan.order->begin(), plan.order->end(), first);
    for (auto u = at; u != plan.order->end() && left > 0; ++u) {
      if (plan.assignment[layer(*u).index()] != from) continue;
      const bool can =
          std::find(candidates_[*u].begin(), candidates_[*u].end(), to) != candidates_[*u].end();
      if (!can) break;
      for (const LayerId id : problem_.units()[*u]) plan.assignment[id.index()] = to;
      --left;
    }
    return true;
  }

  /// A unit goes to another place between the last that it waits for and the first that waits for
  /// it.
  bool reorder(Plan& plan) {
    std::vector<std::size_t>& order = *plan.order;
    for (std::size_t i = 0; i < order.size(); ++i) position_[order[i]] = i;
    const std::size_t unit = draw(order.size());
    std::size_t low = 0;
    std::size_t high = order.size() - 1;
    for (const std::size_t u : problem_.waits_for(unit)) low = std::max(low, position_[u] + 1);
    for (const std::size_t u : read_by_[unit]) high = std::min(high, position_[u] - 1);
    const std::size_t to = low + draw(high - low + 1);
    const std::size_t from = position_[unit];
    if (to == from) return false;
    order.erase(order.begin() + static_cast<std::ptrdiff_t>(from));
    order.insert(order.begin() + static_cast<std::ptrdiff_t>(to), unit);
    return true;
  }

  [[nodiscard]] LayerId layer(std::size_t unit) const { return problem_.units()[unit].front(); }
  /// Those of the standard library differ from one to the next.
  std::size_t draw(std::size_t below) { return random_() % below; }
  double uniform() {
    constexpr double kUnit = 1.0 / (1ULL << 53U);
    return static_cast<double>(random_() >> 11U) * kUnit;
  }

  const SchedulingProblem& problem_;
  std::mt19937_64 random_;
  std::vector<std::vector<AcceleratorId>> candidates_;  ///< by unit
  std::vector<std::size_t> movable_;                    ///< units that have a choice
  std::vector<std::vector<std::size_t>> read_by_;       ///< units, by unit
  std::vector<std::size_t> position_;                   ///< in the order, by unit
  Plan best_;
  std::optional<double> best_score_;
};

/// Starts from the best plan of the policies without options and of each accelerator alone. It
/// promises to be no worse than any of these, and no optimum.
class SearchPolicy final : public Policy {
 public:
  SearchPolicy(std::int64_t iterations, std::uint64_t seed)
      : iterations_(iterations), seed_(seed) {}

  Plan plan(const SchedulingProblem& problem) const override {
    Annealing annealing(problem, seed_);
    std::vector<std::string> starts = {"mensa", "greedy", "heft", "chain_dp", "optimal"};
    for (const auto& accelerator : problem.system().accelerators) {
      starts.push_back("single:" + accelerator.name);
    }
    for (const std::string& start : starts) {
      try {
        annealing.offer(make_policy(start)->plan(problem));
      } catch (const base::Error&) {
        continue;  // some layer does not run there
      }
    }
    if (!annealing.has_plan()) return make_policy("greedy")->plan(problem);
    return annealing.improve(iterations_);
  }

 private:
  std::int64_t iterations_;
  std::uint64_t seed_;
};

}  // namespace

std::unique_ptr<Policy> make_search(const PolicyArguments& arguments) {
  constexpr std::int64_t kDefault = 20'000;
  constexpr std::int64_t kMost = 10'000'000;
  OptionReader options("search", arguments);
  const std::int64_t iterations = options.integer("iterations", kDefault, 0, kMost);
  const std::int64_t seed = options.integer("seed", 1, 0, INT64_MAX);
  options.finish();
  return std::make_unique<SearchPolicy>(iterations, static_cast<std::uint64_t>(seed));
}

}  // namespace mensa::scheduler
