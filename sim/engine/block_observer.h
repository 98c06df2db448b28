#pragma once

#include <cstddef>

#include "sim/engine/block_program.h"

namespace mensa::sim {

/// Is told what a simulation is at, for whoever watches it from outside. It must not throw, and
/// what it does takes time from the simulation.
class BlockObserver {
 public:
  virtual ~BlockObserver() = default;
  /// A block of a stream, by position in Simulation::streams, is about to run.
  virtual void block_begins(std::size_t stream, const BlockProgram& block) = 0;
};

}  // namespace mensa::sim
