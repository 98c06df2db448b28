#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "accelerators/cost/cost_table.h"
#include "cli/workers/status.h"
#include "scheduler/problem/scheduling_problem.h"
#include "sim/engine/simulate.h"

namespace mensa::cli {

// A worker's status board is told how far the steps of the way are that may take long.

/// From now on the board is told which layer is being mapped. `model` tells the layers of several
/// models apart, where it is not empty. The board outlives the cost table's use.
void watch_mapping(accelerators::CostTable& costs, workers::StatusBoard& status,
                   const std::string& model = "");

/// Maps every layer wherever it may run; the cost table remembers.
void map_layers(const scheduler::SchedulingProblem& problem, workers::StatusBoard& status);

/// Tells which layer simulations are at that play the same streams at the same time.
class SimulationWatch : public sim::BlockObserver {
 public:
  /// `models`: of the streams, where there are several, to tell their layers apart.
  explicit SimulationWatch(workers::StatusBoard& status, std::vector<std::string> models = {})
      : status_(status), models_(std::move(models)) {}

  /// These are about to begin, and stay while they run.
  void begin(const std::vector<sim::Simulation>& simulations);

  void block_begins(std::size_t stream, const sim::BlockProgram& block) override;

 private:
  workers::StatusBoard& status_;
  std::vector<std::string> models_;
  const std::vector<sim::Stream>* streams_ = nullptr;
  std::uint64_t at_work_ = 0;  ///< layers of the block that began last
};

}  // namespace mensa::cli
