#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "scheduler/problem/plan.h"

namespace mensa::scheduler {

/// Every decision about one inference under sequential execution in the order of
/// SchedulingProblem::units(), as paths through a graph of states: position p is before unit p, an
/// arc decides of unit p. A path's time and energy are the sums of its arcs': exactly the analytic
/// cost of the schedule that build_schedule makes of its plan.
///
/// A state is what the units still to come must know of those before: which outputs wait in which
/// accelerator's buffer for readers, and where the other units of a recurrence that has begun run.
/// An output that waits admits nothing on its accelerator but its readers, so that there are few
/// states: one more than there are accelerators in a chain.
class DecisionGraph {
 public:
  /// Which outputs may stay on chip.
  enum class Reach : std::uint8_t {
    kNextUnit,  ///< those with one reader, in the next unit: all there are in a chain
    kAll,
  };
  struct Arc {
    std::uint32_t to = 0;  ///< state at the next position
    double seconds = 0;
    double picojoules = 0;
    AcceleratorId accelerator;
    /// The unit's output stays on chip.
    bool keeps = false;
  };
  using State = std::vector<Arc>;  ///< by what can be done in it

  /// `most_states`: at one position; beyond it the graph is not built (complete() is false). Asks
  /// the cost table for every layer on every accelerator and residency that a state can have.
  DecisionGraph(const SchedulingProblem& problem, Reach reach, std::size_t most_states);

  [[nodiscard]] bool complete() const { return complete_; }
  /// One entry more than there are units. The first has one state; the last has one, the end.
  [[nodiscard]] const std::vector<std::vector<State>>& positions() const { return positions_; }
  /// What a path, the index of an arc for each unit, decides.
  [[nodiscard]] Plan plan(const SchedulingProblem& problem,
                          const std::vector<std::uint32_t>& path) const;

 private:
  bool complete_ = true;
  std::vector<std::vector<State>> positions_;
};

/// Bounds on the search for the best plan, far above what networks take (docs/scheduling.md).
inline constexpr std::size_t kMostStates = 20'000;
inline constexpr std::size_t kMostLabels = 2'000'000;

/// The graph of all decisions; where that has too many states, of those of Reach::kNextUnit.
[[nodiscard]] DecisionGraph all_decisions(const SchedulingProblem& problem);

}  // namespace mensa::scheduler
