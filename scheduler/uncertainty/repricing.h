#pragma once

#include <cstddef>
#include <vector>

#include "scheduler/problem/schedule.h"

namespace mensa::scheduler {

/// What a schedule takes where figures of the hardware are others: layers keep their places,
/// mappings, order and what stays on chip. Layers that run alike are priced once.
class Repricing {
 public:
  /// Of a schedule of `problem`, which must outlive this.
  Repricing(const SchedulingProblem& problem, const Schedule& schedule);

  /// By the analytic model. `system` is that of the problem but for energies, powers, latencies,
  /// rates and overheads; with the very same figures this is analytic_cost() of the schedule.
  /// Throws base::Error where a layer takes more than can be counted.
  [[nodiscard]] AnalyticCost cost(const accelerators::System& system);

 private:
  struct Run {
    const accelerators::LayerEvaluation* evaluation;
    models::LayerId layer;
    AcceleratorId accelerator;
  };
  [[nodiscard]] bool alike(const Run& one, const Run& other) const;

  const models::Graph& graph_;
  Schedule schedule_;
  std::vector<Run> runs_;            ///< each different
  std::vector<std::size_t> run_of_;  ///< by layer
};

}  // namespace mensa::scheduler
