#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "models/graph/problem_shape.h"

namespace mensa::accelerators {

/// How an operand moves between the buffers and the PEs of an array.
enum class Movement : std::uint8_t {
  kMulticast,  ///< one buffer access serves every PE that needs it in that cycle
  kForwarded,  ///< systolic: PEs hand it on to the neighbour; costs fill and drain cycles
  kUnicast,    ///< one buffer access per PE
  kReduced,    ///< partial sums of several PEs are added on their way (outputs only)
};
[[nodiscard]] std::string_view to_string(Movement movement);
[[nodiscard]] Movement movement_from_string(std::string_view name);

/// A constraint on the mapper, read from a data file: which dimensions may unroll over which array
/// axis, what stays in the PE, in which order the array walks a buffered tile, and how operands
/// travel. It names no operator.
struct Dataflow {
  std::string name;
  std::string description;
  /// Dimensions that may unroll over the rows and over the columns of the array. Several may share
  /// an axis as long as the product of their factors fits it.
  std::vector<models::Dim> row_dims;
  std::vector<models::Dim> column_dims;
  /// Groups of dimensions that may unroll over an axis as one, as im2col has them: parts of
  /// kPixelDims or of kWindowDims.
  std::vector<models::DimSet> row_groups;
  std::vector<models::DimSet> column_groups;
  /// The operand that stays in the PE's registers while the loops it does not depend on run.
  models::MacOperand stationary = models::MacOperand::kOutputs;
  /// Orders in which the array may walk a buffered tile: sets of dimensions, outermost set first,
  /// any order within a set. Empty: dimensions of the stationary operand outside all others.
  std::vector<models::DimSet> loop_blocks;
  /// Dimensions whose loops may run inside one PE over its register tile.
  std::vector<models::Dim> register_dims;
  std::array<Movement, models::kMacOperandCount> movement = {
      Movement::kMulticast, Movement::kMulticast, Movement::kMulticast};
  /// Fill and drain of one array pass hide behind the passes before and after it, so that only the
  /// first fill and last drain of a tile are exposed. Of interest only where something is
  /// forwarded.
  bool folds_overlap = true;

  [[nodiscard]] Movement movement_of(models::MacOperand operand) const {
    return movement[models::index(operand)];
  }
  [[nodiscard]] bool systolic() const;
};

}  // namespace mensa::accelerators
