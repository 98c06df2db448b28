#pragma once

#include <vector>

#include "sim/engine/block_program.h"

namespace mensa::sim {

/// Fills in what the blocks of a schedule, in dispatch order, take in the buffers of their
/// accelerators: tiles and what is beside them by layer, what stays by block. By the formulas with
/// which the cost table found that they fit. `warm` as in make_programs().
void add_buffer_room(const scheduler::SchedulingProblem& problem,
                     const scheduler::Schedule& schedule, bool warm,
                     std::vector<BlockProgram>& programs);

}  // namespace mensa::sim
