#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "explore/design/merit.h"

namespace mensa::explore {

/// One way to build the accelerator of a cluster.
struct SelectionOption {
  double area = 0;        ///< mm2
  double peak_power = 0;  ///< W
  double leakage = 0;     ///< W
  std::size_t place = 0;
  std::vector<TimeEnergy> costs;  ///< of the cluster, by model, without static energy
};

/// One accelerator is to be chosen for each cluster, within budgets.
struct SelectionProblem {
  std::vector<std::vector<SelectionOption>> clusters;
  double background_power = 0;  ///< W, drawn by the memories whatever runs
  double most_area = 0;         ///< mm2
  std::optional<double> most_power;
  std::vector<std::optional<double>> most_area_at;   ///< by place
  std::vector<std::optional<double>> most_power_at;  ///< by place
};

/// A choice for each cluster, and what it comes to.
struct Selection {
  std::vector<std::size_t> options;  ///< by cluster
  double merit = 0;
  bool operator==(const Selection&) const = default;
};

struct Selections {
  std::vector<Selection> best;  ///< best first; empty: nothing keeps the budgets
  /// No choice is better than these; not where the search gave up.
  bool proven = true;
  std::int64_t nodes = 0;
};

/// Partial choices that a search looks at before it gives up.
inline constexpr std::int64_t kMostSelectionNodes = 2'000'000;

/// The `count` best choices by `merit`, of a system that does one model after the other: a model
/// takes the sum of its clusters' times, and the sum of their energies and the static energy of all
/// accelerators and memories meanwhile.
///
/// Branch and bound, cluster by cluster: what is left is taken to cost, of each model, the least
/// time, energy and leakage of any option that still fits by area. Exact, since the mean grows with
/// each of them. In the worst case it looks at all products of options.
[[nodiscard]] Selections best_selections(const SelectionProblem& problem, const Merit& merit,
                                         std::size_t count,
                                         std::int64_t most_nodes = kMostSelectionNodes);

/// The merit of a choice; none where it breaks a budget.
[[nodiscard]] std::optional<double> merit_of(const SelectionProblem& problem, const Merit& merit,
                                             const std::vector<std::size_t>& options);

/// Positions of the options that no other one at the same place is at least as good as in area,
/// peak power, leakage, and `score` (by option, smaller is better), ascending. Of equal ones the
/// first.
[[nodiscard]] std::vector<std::size_t> pareto_options(const std::vector<SelectionOption>& options,
                                                      const std::vector<double>& scores);

}  // namespace mensa::explore
