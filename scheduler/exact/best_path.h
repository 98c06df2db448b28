#pragma once

#include <cstdint>
#include <vector>

#include "accelerators/cost/layer_cost.h"
#include "scheduler/exact/decision_graph.h"

namespace mensa::scheduler {

/// Sums of rounded numbers are equal within this share of them.
inline constexpr double kRounding = 1e-12;

/// A path through a DecisionGraph and what it takes.
struct BestPath {
  std::vector<std::uint32_t> arcs;  ///< by position: index into the state's arcs
  double seconds = 0;
  double picojoules = 0;
};

/// The path with the smallest latency, energy or product of both: proved, but for rounding (1e-9
/// of the value). Latency and energy are shortest paths. The product is smallest in a
/// corner of the convex hull of all paths, along whose edges it is concave: shortest paths that
/// weigh time against energy find corners and leave a polygon that no path is below, until the
/// polygon's own smallest product is that of the best path. Throws std::logic_error where there is
/// no path, or the graph is not complete.
[[nodiscard]] BestPath best_path(const DecisionGraph& graph, accelerators::Objective objective);

}  // namespace mensa::scheduler
