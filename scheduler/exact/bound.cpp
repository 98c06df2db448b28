#include "scheduler/exact/bound.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <vector>

#include "models/base/words.h"
#include "scheduler/exact/product_bound.h"

namespace mensa::scheduler {

using accelerators::Objective;
using models::LayerId;

namespace {

constexpr base::Words<BoundKind, 4> kKinds("bound", {"relaxation", "optimum", "optimum_in_order",
                                                     "search_in_order"});

/// The least time and the least energy of a unit on one accelerator.
struct Least {
  double seconds = 0;
  double picojoules = 0;
};

class Relaxation {
 public:
  explicit Relaxation(const SchedulingProblem& problem)
      : problem_(problem), graph_(problem.graph()) {
    for (const SchedulingProblem::Unit& unit : problem.units()) {
      std::vector<Least> options;
      for (const AcceleratorId id : problem.candidates(unit)) {
        if (const auto least = of(unit, id)) options.push_back(*least);
      }
      units_.push_back(std::move(options));
    }
  }

  [[nodiscard]] double value(Objective objective) const {
    const double energy = weighted(0, 1);
    if (objective == Objective::kEnergy) return energy;
    const double time = problem_.concurrency() == Concurrency::kSequence
                            ? weighted(1, 0)
                            : std::max(longest_chain(), shared());
    if (objective == Objective::kLatency) return time;
    // Concurrent work has no sum of times to weigh against energy.
    return problem_.concurrency() == Concurrency::kSequence ? least_product(time, energy)
                                                            : time * energy;
  }

 private:
  [[nodiscard]] std::optional<Least> of(const SchedulingProblem::Unit& unit,
                                        AcceleratorId accelerator) const {
    Least sum;
    for (const LayerId id : unit) {
      const auto least = problem_.costs().at_least(id, accelerator);
      if (!least) return std::nullopt;
      sum.seconds += least->time.value();
      sum.picojoules += least->energy.value();
    }
    return sum;
  }

  /// The least sum over all units of time and energy, weighted so.
  [[nodiscard]] double weighted(double time, double energy) const {
    double sum = 0;
    for (const std::vector<Least>& options : units_) {
      double least = std::numeric_limits<double>::infinity();
      for (const Least& option : options) {
        least = std::min(least, time * option.seconds + energy * option.picojoules);
      }
      sum += least;
    }
    return sum;
  }

  /// The least product of sums of time and energy: what a polygon around all of them has in its
  /// corners, its edges at slopes about that of the product.
  [[nodiscard]] double least_product(double least_time, double least_energy) const {
    constexpr int kSlopes = 32;
    constexpr double kSpread = 64;  // from the middle to the outermost slopes
    if (least_time <= 0 || least_energy <= 0) return 0;
    std::vector<WeightedBound> bounds = {{1, 0, least_time}, {0, 1, least_energy}};
    const double middle = least_energy / least_time;
    for (int i = kSlopes; i >= -kSlopes; --i) {
      const double slope = middle * std::pow(kSpread, static_cast<double>(i) / kSlopes);
      bounds.push_back({slope, 1, weighted(slope, 1)});
    }
    return scheduler::least_product(std::move(bounds)).product();
  }

  [[nodiscard]] double fastest(const std::vector<Least>& options) const {
    double least = std::numeric_limits<double>::infinity();
    for (const Least& option : options) least = std::min(least, option.seconds);
    return least;
  }

  /// Along the edges of the graph, each unit at its fastest.
  [[nodiscard]] double longest_chain() const {
    std::vector<double> end(graph_.layers().size(), 0);
    double longest = 0;
    for (std::size_t u = 0; u < units_.size(); ++u) {
      const SchedulingProblem::Unit& unit = problem_.units()[u];
      double start = 0;
      for (const LayerId id : unit) {
        for (const LayerId before : graph_.predecessors(id)) {
          start = std::max(start, end[before.index()]);
        }
      }
      for (const LayerId id : unit) end[id.index()] = start + fastest(units_[u]);
      longest = std::max(longest, start + fastest(units_[u]));
    }
    return longest;
  }

  /// All work, each unit at its fastest, on all accelerators and the host at once.
  [[nodiscard]] double shared() const {
    return weighted(1, 0) / static_cast<double>(problem_.system().accelerators.size() + 1);
  }

  const SchedulingProblem& problem_;
  const models::Graph& graph_;
  std::vector<std::vector<Least>> units_;  ///< by accelerator that can run them
};

}  // namespace

std::string_view to_string(BoundKind kind) { return kKinds.of(kind); }

BoundKind bound_kind_from_string(std::string_view name) {
  for (const BoundKind kind : {BoundKind::kRelaxation, BoundKind::kOptimum}) {
    if (to_string(kind) == name) return kind;
  }
  throw base::Error(base::unknown_name_message("bound", name, {"relaxation", "optimum"}));
}

Bounds relaxed_bounds(const SchedulingProblem& problem) {
  const Relaxation relaxation(problem);
  Bounds bounds;
  for (const Objective each : accelerators::kAllObjectives) {
    bounds[each] = {relaxation.value(each), BoundKind::kRelaxation};
  }
  return bounds;
}

}  // namespace mensa::scheduler
