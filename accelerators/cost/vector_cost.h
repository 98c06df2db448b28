#pragma once

#include "accelerators/cost/layer_cost.h"
#include "accelerators/cost/layer_room.h"

namespace mensa::accelerators {

/// Vector or move work for which only sizes matter.
struct VectorQuestion {
  std::int64_t operations = 0;  ///< 0 for a move
  base::Bytes activation_read;  ///< all of it, from DRAM or from the buffer
  base::Bytes activation_read_from_dram;
  base::Bytes parameter_read;  ///< always from DRAM
  base::Bytes activation_write;
  base::Bytes activation_write_to_dram;
  /// Room that tensors, and parameters, take while the layer runs because they stay.
  base::Bytes held;
  base::Bytes held_parameters;

  bool operator==(const VectorQuestion&) const = default;
};

/// The piece in which vector data stream through the activation buffer: at 32 GB/s 128 ns, so that
/// two in flight hide a memory latency of about 100 ns.
inline constexpr base::Bytes kVectorChunk{4096};

/// Pieces in which a run's DRAM traffic moves; at least 1.
[[nodiscard]] std::int64_t vector_tiles(const DramTraffic& dram);

/// Cost of one run on the vector lanes of an accelerator: data stream through the buffer that keeps
/// inputs, so that lanes, buffer and DRAM port work at once and the slowest decides.
[[nodiscard]] LayerCost vector_cost(const System& system, const Accelerator& accelerator,
                                    const VectorQuestion& question);

/// Room that one run with this traffic takes: what stays, and in the buffer that keeps inputs two
/// pieces each of parameters, of what is read and of what is written, one where there is only one.
[[nodiscard]] LayerRoom vector_room(const Accelerator& accelerator, const VectorQuestion& question,
                                    const DramTraffic& dram);

/// vector_cost() on the host: its operation rate or its port, whichever is slower. Cycles are
/// operations of the host.
[[nodiscard]] LayerCost host_cost(const System& system, const VectorQuestion& question);

}  // namespace mensa::accelerators
