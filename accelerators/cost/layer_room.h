#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "accelerators/mapping/mapping.h"
#include "accelerators/spec/system.h"

namespace mensa::accelerators {

struct LayerEvaluation;

/// Bytes by buffer, indexed as Accelerator::buffers; each operand is kept by at most one.
using RoomByBuffer = std::array<base::Bytes, models::kMacOperandCount>;

/// Room that one run of a layer needs in the buffers of its accelerator, part by part. What is held
/// in registers, or streams to the PEs past the buffers, takes none.
struct LayerRoom {
  /// Tiles of one operand.
  struct Tile {
    static constexpr std::size_t kNowhere = models::kMacOperandCount;

    std::size_t buffer = kNowhere;
    base::Bytes bytes;  ///< of one, at its largest
    /// At once. Two, one in use and one on its way, or one that is all of the operand: what else
    /// comes meanwhile is part of it.
    std::int64_t copies = 1;
  };

  /// By operand. Of vector work: pieces of the parameters, of what is read and of what is written.
  std::array<Tile, models::kMacOperandCount> tiles;
  /// Whole tensors and parameters that are there before or after the run; partial sums of outputs
  /// that stay, where these come back to them at full width.
  RoomByBuffer stays = {};
  /// Beside tiles and tensors while the layer runs: a tile of sums of outputs that stay, operands
  /// that stream through for the vector tail.
  RoomByBuffer beside = {};

  /// All of it.
  [[nodiscard]] RoomByBuffer total() const;
};

/// What is missing in the first buffer, by index, that is asked for more than it has, if any.
/// `hint` says what would help.
[[nodiscard]] std::optional<Infeasible> shortage(const Accelerator& accelerator,
                                                 const RoomByBuffer& need, std::string hint);

/// Index of the buffer that keeps `operand`; LayerRoom::Tile::kNowhere where none does.
[[nodiscard]] std::size_t buffer_index(const Accelerator& accelerator, models::MacOperand operand);

/// Of an evaluated layer on the accelerator that it was evaluated for: by the formulas that decided
/// that it fits. Nothing on the host.
[[nodiscard]] LayerRoom layer_room(const System& system, const LayerEvaluation& layer,
                                   AcceleratorId accelerator);

}  // namespace mensa::accelerators
