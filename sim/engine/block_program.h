#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "accelerators/cost/layer_room.h"
#include "accelerators/mapping/tile_stream.h"
#include "scheduler/problem/schedule.h"

namespace mensa::sim {

/// Where something lies in memory; streams over it start again at its beginning.
struct Region {
  std::int64_t address = 0;
  std::int64_t bytes = 1;
};

/// A step of a layer. The accelerator has room for two tiles of each operand.
struct TileProgram : accelerators::TileStep {
  /// Operands whose tile is of no more use after this step.
  accelerators::OperandSet releases;
};

/// What an accelerator plays for one layer of a block in one run.
struct LayerProgram {
  models::LayerId layer;
  base::Bytes preload;  ///< parameters loaded once, before the block's first run
  std::vector<TileProgram> tiles;
  /// Partial sums come back from memory: then room for results is taken in the order of the tiles
  /// when their inputs are brought, else when they are computed.
  bool reads_sums = false;
  /// Layers of the block, by position, whose results this one reads from memory: of the same run,
  /// and of the run before.
  std::vector<std::size_t> reads;
  std::vector<std::size_t> reads_of_last_run;
  /// In the buffers, while it runs: `stays` is 0, for what stays is the block's.
  accelerators::LayerRoom room;
  /// Tiles that one run takes room for, by operand.
  std::array<std::int64_t, models::kMacOperandCount> tile_counts = {};
  std::string name;  ///< in the model, for messages
  Region parameters;
  Region inputs;
  Region sums;
  Region outputs;
};

/// One block of the schedule, ready to run: its layers' tiles, repeated `runs` times.
struct BlockProgram {
  accelerators::AcceleratorId accelerator;
  std::int64_t runs = 1;
  std::vector<LayerProgram> layers;
  std::vector<std::size_t> waits_for;  ///< blocks that must end first, ascending
  /// Leaves something on the accelerator that a later block there reads: until then no other
  /// inference may run there.
  bool holds_accelerator = false;
  /// In the accelerator's buffers through all runs: tensors and parameters that are there before or
  /// after some layer of it.
  accelerators::RoomByBuffer stays = {};
  /// The part of it that is still there when the block is done.
  accelerators::RoomByBuffer leaves = {};
};

/// How many tiles the simulator plays one by one.
enum class Grain : std::uint8_t {
  kCoalesced,  ///< consecutive tiles as one where there are many
  kFine,       ///< every tile, up to some millions of a layer
};

[[nodiscard]] std::string_view to_string(Grain grain);
/// Throws base::Error listing the known ones.
[[nodiscard]] Grain grain_from_string(std::string_view name);

/// Programs of all blocks in dispatch order. Coalesced, a block has at most about `tiles_per_block`
/// tiles, or some hundred for each run of a layer; `tiles_per_block` does not matter where the
/// grain is fine. `warm`: of an inference that finds the parameters that the schedule keeps.
[[nodiscard]] std::vector<BlockProgram> make_programs(const scheduler::SchedulingProblem& problem,
                                                      const scheduler::Schedule& schedule,
                                                      Grain grain, std::size_t tiles_per_block,
                                                      bool warm = false);

}  // namespace mensa::sim
