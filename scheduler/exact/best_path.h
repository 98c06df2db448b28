#pragma once

#include <cstdint>
#include <vector>

#include "accelerators/cost/layer_cost.h"
#include "scheduler/exact/decision_graph.h"

namespace mensa::scheduler {

/// A path through a DecisionGraph and how good it is.
struct BestPath {
  std::vector<std::uint32_t> arcs;  ///< by unit: index into the state's arcs
  double seconds = 0;
  double picojoules = 0;
  /// No path has a smaller value of the objective than this (score() of seconds and picojoules):
  /// the path's own value where it is proved to be the best.
  double bound = 0;
  bool proved = false;
};

/// The path with the smallest latency, energy or product of both. The first two are sums, and
/// always proved. The product is not: labels of time and energy are kept that neither another label
/// of their state nor a bound on what can still be reached rules out; the bound is the convex hull
/// of what lies ahead, found by weighting time against energy. Beyond `most_labels` the best path
/// found so far is answered, with what is proved of all.
[[nodiscard]] BestPath best_path(const DecisionGraph& graph, accelerators::Objective objective,
                                 std::size_t most_labels);

}  // namespace mensa::scheduler
