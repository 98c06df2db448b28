#pragma once

#include "scheduler/problem/schedule.h"

namespace mensa::traces {

/// Distinct bytes that a layer reads and leaves over all its time steps, at the widths of the
/// accelerator that runs it: what must be moved at the least. A byte that is read again counts
/// once; positions that strides skip and rows of a table that are not looked up do not count.
struct TouchedBytes {
  base::Bytes parameters;
  base::Bytes inputs;
  base::Bytes outputs;
  base::Bytes resident_inputs;   ///< the part of `inputs` that is on the accelerator already
  base::Bytes resident_outputs;  ///< the part of `outputs` that stays there
};

[[nodiscard]] TouchedBytes touched_bytes(const scheduler::SchedulingProblem& problem,
                                         const scheduler::Schedule& schedule, models::LayerId id);

}  // namespace mensa::traces
