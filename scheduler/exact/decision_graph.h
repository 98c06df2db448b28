#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "scheduler/problem/plan.h"

namespace mensa::scheduler {

/// Every decision about one inference under sequential execution, as paths through a graph of
/// states: at position p so many units have run, an arc decides which runs next, and how. A path's
/// time and energy are the sums of its arcs': exactly the analytic
/// cost of the schedule that build_schedule makes of its plan.
///
/// A state is what the units still to come must know of those before: which they were, which
/// outputs wait in which accelerator's buffer for readers, and where the other units of a
/// recurrence that has begun run. An output that waits admits nothing on its accelerator but its
/// readers, so that there are few states: one more than there are accelerators in a chain.
class DecisionGraph {
 public:
  enum class Reach : std::uint8_t {
    /// In the order of SchedulingProblem::units(). Outputs with one reader, in the next unit, may
    /// stay on chip: all there are in a chain.
    kNextUnit,
    kOneOrder,   ///< in the order of units(), every output that may stay on chip
    kAllOrders,  ///< in every order that the data allow; units of one recurrence keep theirs
  };
  /// At one position, and in all: beyond, the graph is not built.
  struct Limits {
    std::size_t states = 20'000;
    std::size_t arcs = 500'000;
  };
  static constexpr Limits kNoLimits = {SIZE_MAX, SIZE_MAX};
  struct Arc {
    std::uint32_t to = 0;    ///< state at the next position
    std::uint32_t unit = 0;  ///< that runs
    double seconds = 0;
    double picojoules = 0;
    AcceleratorId accelerator;
    /// The unit's output stays on chip.
    bool keeps = false;
  };
  using State = std::vector<Arc>;  ///< by what can be done in it

  /// Asks the cost table for every layer on every accelerator and residency that a state can have.
  DecisionGraph(const SchedulingProblem& problem, Reach reach, const Limits& limits);

  /// False where the limits were too narrow: there are no positions then.
  [[nodiscard]] bool complete() const { return complete_; }
  [[nodiscard]] Reach reach() const { return reach_; }
  /// One entry more than there are units. The first has one state; the last has one, the end.
  [[nodiscard]] const std::vector<std::vector<State>>& positions() const { return positions_; }
  /// What a path, the index of an arc for each unit, decides.
  [[nodiscard]] Plan plan(const SchedulingProblem& problem,
                          const std::vector<std::uint32_t>& path) const;

 private:
  Reach reach_;
  bool complete_ = true;
  std::vector<std::vector<State>> positions_;
};

}  // namespace mensa::scheduler
