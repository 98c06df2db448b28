#pragma once

#include <optional>

#include "scheduler/exact/bound.h"
#include "scheduler/exact/decision_graph.h"
#include "scheduler/exact/integer_program.h"

namespace mensa::scheduler {

/// The best schedule under sequential execution, over the mappings of the cost table, which is
/// asked for all of them. Of every order as long as DecisionGraph keeps its limits, then of the
/// order of the units alone; where that has too many states too, as an integer program.
class SequentialOptimum {
 public:
  struct Limits {
    DecisionGraph::Limits states;
    IntegerProgramLimits program = {.time = base::Seconds(10)};
  };
  /// `problem` must outlive it.
  explicit SequentialOptimum(const SchedulingProblem& problem);
  SequentialOptimum(const SchedulingProblem& problem, const Limits& limits);

  struct Best {
    Plan plan;
    /// What no schedule goes below; the plan's own value where it is proved to be the best.
    Bound bound;
  };
  /// Throws std::logic_error where a unit runs nowhere.
  [[nodiscard]] Best find(accelerators::Objective objective) const;
  /// The bounds alone.
  [[nodiscard]] Bounds bounds() const;

 private:
  const SchedulingProblem& problem_;
  Limits limits_;
  DecisionGraph graph_;
};

}  // namespace mensa::scheduler
