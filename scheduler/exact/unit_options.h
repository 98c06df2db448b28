#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "scheduler/problem/schedule.h"

namespace mensa::scheduler {

/// How one unit runs, given where it and, of a recurrence, the units that share it run.
struct UnitOption {
  AcceleratorId accelerator;
  /// Its layers join the block of a later unit, which has their cost.
  bool joins = false;
  /// Its block, where it does not join one: layers that take turns, or a single one.
  std::vector<models::LayerId> layers;
  /// Of a single layer, by what stays inside a time step alone.
  LayerResidency residency;
  base::Seconds overhead;  ///< of the launch
  /// Of layers that take turns, launch included: no output of others reaches them on chip.
  std::optional<AnalyticCost> fixed;
};

/// Units that decide together: those of one recurrence, or one unit alone.
struct UnitGroup {
  std::vector<std::size_t> units;  ///< ascending
  /// Ways to run them: for each, one entry for each of `units`.
  std::vector<std::vector<UnitOption>> options;
};

/// All groups, ordered by their first unit. Empty where a unit runs nowhere.
[[nodiscard]] std::vector<UnitGroup> unit_groups(const SchedulingProblem& problem);

}  // namespace mensa::scheduler
