#pragma once

#include <map>
#include <string_view>

#include "accelerators/cost/layer_cost.h"
#include "scheduler/problem/scheduling_problem.h"

namespace mensa::scheduler {

/// How much is known of the best schedule.
enum class BoundKind : std::uint8_t {
  kRelaxation,      ///< of every schedule, by closed formulas: nobody need reach it
  kOptimum,         ///< the best schedule in sequence
  kOptimumInOrder,  ///< the best of those in the order of SchedulingProblem::units()
  kSearchInOrder,   ///< of these, by a search that was cut short
};
[[nodiscard]] std::string_view to_string(BoundKind kind);
/// What may be asked for: "relaxation" or "optimum". Throws base::Error listing these.
[[nodiscard]] BoundKind bound_kind_from_string(std::string_view name);

/// What no schedule of a problem goes below, by the analytic model.
struct Bound {
  double value = 0;  ///< of score(): s, pJ, or s pJ
  BoundKind kind = BoundKind::kRelaxation;
};

/// By objective.
using Bounds = std::map<accelerators::Objective, Bound>;

/// Every layer at the least that any mapping of it takes on any accelerator that can run it, with
/// everything on chip that may be. Takes no search. Under concurrent execution the latency is at
/// least that of the longest chain of layers, and of all work shared by all accelerators.
[[nodiscard]] Bounds relaxed_bounds(const SchedulingProblem& problem);

}  // namespace mensa::scheduler
