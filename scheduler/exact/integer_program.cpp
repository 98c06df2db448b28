#include "scheduler/exact/integer_program.h"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <stdexcept>
#include <vector>

#include "scheduler/exact/best_path.h"
#include "scheduler/exact/plan_program.h"

namespace mensa::scheduler {

using accelerators::Objective;

namespace {

/// How close a bound comes to the value of the best plan: both factors of a product have the
/// solver's tolerance.
constexpr double kProved = 3 * ZeroOneSolver::kTolerance;
/// A bound that rises by less does not become tight in the programs that are left.
constexpr double kProgress = 0.1 * ZeroOneSolver::kTolerance;
/// Networks take one to four.
constexpr int kMostPrograms = 64;

base::Seconds process_time() {
  return base::Seconds(static_cast<double>(std::clock()) / CLOCKS_PER_SEC);
}

class ProgramSearch {
 public:
  ProgramSearch(const SchedulingProblem& problem, Objective objective,
                const IntegerProgramLimits& limits, const PlanProgram& program)
      : problem_(problem.with(Concurrency::kSequence)),
        objective_(objective),
        limits_(limits),
        program_(program),
        solver_(program.rows()),
        end_(process_time() + limits.time) {}

  IntegerPlan run(const std::optional<Plan>& start) {
    const double bound = objective_ == Objective::kEdp ? product(start) : sum(start);
    best_.bound = std::min(bound, best_.value);
    best_.proved = best_.value <= best_.bound * (1 + kProved);
    return std::move(best_);
  }

 private:
  /// Returns the bound.
  double sum(const std::optional<Plan>& start) {
    const bool of_time = objective_ == Objective::kLatency;
    const PlanProgram::Cheapest cheapest = program_.cheapest(of_time ? 1 : 0, of_time ? 0 : 1);
    consider(start.value_or(cheapest.plan));
    return std::max(cheapest.bound.least * (1 - kRounding),
                    solve(cheapest.bound.time, cheapest.bound.energy).least);
  }

  /// Returns the bound.
  double product(const std::optional<Plan>& start) {
    std::vector<WeightedBound> bounds = cheapest_bounds();
    TimeAndEnergy corner = least_product(bounds);
    consider(start.value_or(program_.cheapest(corner.picojoules, corner.seconds).plan));
    double value_before = 0;
    for (int i = 0; i < kMostPrograms && process_time() < end_; ++i) {
      if (best_.value <= corner.product() * (1 + kProved)) break;
      // d(TE) = E dT + T dE: where the product is to be small, time weighs as energy does, each by
      // the other. About a better plan first: the next may be better still.
      const bool is_better = best_.value != value_before;
      const TimeAndEnergy about = is_better ? best_at_ : corner;
      value_before = best_.value;
      bounds.push_back(solve(about.picojoules, about.seconds));
      const TimeAndEnergy now = least_product(bounds);
      const bool rises = now.product() > corner.product() * (1 + kProgress);
      corner = now;
      if (!is_better && !rises && best_.value == value_before) break;
    }
    return corner.product();
  }

  /// Every group of units at its cheapest, at slopes about the middle.
  [[nodiscard]] std::vector<WeightedBound> cheapest_bounds() const {
    constexpr int kSlopes = 8;
    constexpr double kSpread = 16;  // from the middle to the outermost slopes
    std::vector<WeightedBound> bounds = {program_.cheapest(1, 0).bound,
                                         program_.cheapest(0, 1).bound};
    const double middle = bounds[1].least / bounds[0].least;
    if (!std::isnormal(middle)) return bounds;
    for (int i = -kSlopes; i <= kSlopes; ++i) {
      const double slope = middle * std::pow(kSpread, static_cast<double>(i) / kSlopes);
      bounds.push_back(program_.cheapest(slope, 1).bound);
    }
    for (WeightedBound& bound : bounds) bound.least *= 1 - kRounding;
    return bounds;
  }

  /// What the plans' weighted sums are not below; a better plan may be met on the way.
  WeightedBound solve(double time, double energy) {
    const std::vector<double> costs = program_.costs(time, energy);
    const ZeroOneSolver::Answer answer =
        solver_.solve(costs, columns_, end_ - process_time(), limits_.nodes);
    double met = 0;
    for (std::size_t c = 0; c < costs.size(); ++c) met += answer.columns[c] ? costs[c] : 0.0;
    if (answer.columns != columns_) consider(program_.plan(answer.columns));
    const double least = std::min(answer.bound, met) * (1 - ZeroOneSolver::kTolerance);
    return {time, energy, std::max(least, 0.0)};
  }

  void consider(const Plan& plan) {
    const Schedule schedule = build_schedule(problem_, plan, "integer program");
    const AnalyticCost cost = analytic_cost(problem_, schedule);
    const double value = accelerators::score(objective_, cost.latency, cost.energy);
    if (!columns_.empty() && value >= best_.value) return;
    best_.plan = plan;
    best_.value = value;
    best_at_ = {cost.latency.value(), cost.energy.value()};
    columns_ = program_.columns(schedule);
  }

  SchedulingProblem problem_;
  Objective objective_;
  IntegerProgramLimits limits_;
  const PlanProgram& program_;
  ZeroOneSolver solver_;
  base::Seconds end_;
  IntegerPlan best_;
  TimeAndEnergy best_at_;
  ZeroOnes columns_;  ///< of the best plan
};

bool in_order_of_units(const Plan& plan) {
  return !plan.order || std::is_sorted(plan.order->begin(), plan.order->end());
}

}  // namespace

std::optional<IntegerPlan> solve_integer_program(const SchedulingProblem& problem,
                                                 Objective objective,
                                                 const IntegerProgramLimits& limits,
                                                 const std::optional<Plan>& start) {
  if (start && !in_order_of_units(*start)) {
    throw std::logic_error("the plan to begin with has an order of its own");
  }
  const auto program = PlanProgram::of(problem);
  if (!program) return std::nullopt;
  return ProgramSearch(problem, objective, limits, *program).run(start);
}

}  // namespace mensa::scheduler
