#pragma once

#include <cstdint>
#include <vector>

#include "accelerators/mapping/tile_stream.h"
#include "scheduler/problem/schedule.h"

namespace mensa::sim {

/// What an accelerator plays for one layer of a block in one run.
struct LayerProgram {
  models::LayerId layer;
  base::Bytes preload;  ///< parameters loaded once, before the block's first run
  std::vector<accelerators::TileStep> tiles;
};

/// One block of the schedule, ready to run: its layers' tiles, repeated `runs` times.
struct BlockProgram {
  accelerators::AcceleratorId accelerator;
  std::int64_t runs = 1;
  std::vector<LayerProgram> layers;
  std::vector<std::size_t> waits_for;  ///< blocks that must end first, ascending
};

/// Programs of all blocks in dispatch order, each with at most about `tiles_per_block` tiles.
[[nodiscard]] std::vector<BlockProgram> make_programs(const scheduler::SchedulingProblem& problem,
                                                      const scheduler::Schedule& schedule,
                                                      std::size_t tiles_per_block);

}  // namespace mensa::sim
