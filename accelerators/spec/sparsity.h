#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "accelerators/spec/level.h"
#include "accelerators/spec/technology.h"
#include "models/base/units.h"
#include "models/graph/problem_shape.h"
#include "models/graph/sparsity.h"

namespace mensa::accelerators {

/// How an operand's values are stored. Formulas: docs/sparsity.md.
enum class StorageFormat : std::uint8_t {
  kDense,      ///< all of them
  kBitmask,    ///< those kept, and a bit for each that there is
  kRunLength,  ///< those kept, each with how many were left out before it
  kCsr,        ///< by row: those kept with their column, and where each row begins
  kCsc,        ///< by column: those kept with their row, and where each column begins
  kGroups,     ///< of every group of neighbours along the reduction equally many, with their places
};
/// "dense", "bitmask", "run_length", "csr", "csc"; kGroups is written as "2:4".
[[nodiscard]] std::string_view to_string(StorageFormat format);

/// What hardware makes of a value that is zero.
enum class ZeroAction : std::uint8_t {
  kNone,  ///< as of any other
  kGate,  ///< saves energy, no time
  kSkip,  ///< saves both
};
[[nodiscard]] std::string_view to_string(ZeroAction action);

/// One operand's zeros in an accelerator.
struct OperandSparsity {
  StorageFormat format = StorageFormat::kDense;
  models::GroupPattern groups;  ///< of kGroups
  /// Values that are kept or left out together: along the output channels, and along the reduction.
  std::int64_t block_outputs = 1;
  std::int64_t block_reduction = 1;
  /// Of a run (kRunLength), or of a coordinate (kCsr, kCsc); 0: as many as a coordinate needs.
  int index_bits = 0;
  /// kCsr, kCsc: coordinates are distances from the value before, so that few bits do, at the cost
  /// of a zero stored wherever a distance exceeds them.
  bool relative_index = false;
  int pointer_bits = 16;  ///< kCsr, kCsc: of where a row or column begins
  /// The innermost level that holds the values in this format; they are decompressed on their way
  /// to the next one.
  Level compressed_to = Level::kBuffers;
  /// What a zero of this operand saves: transfers of the other input operand from the buffers into
  /// the array, all of whose values here are zero; accesses to the registers of the others; and
  /// products.
  ZeroAction buffers = ZeroAction::kNone;
  ZeroAction registers = ZeroAction::kNone;
  ZeroAction macs = ZeroAction::kNone;
  base::Picojoules decompression_energy;  ///< of one value
  double decompressed_per_cycle = 0;      ///< by the whole accelerator; 0: as fast as they come

  /// DRAM holds it in this format, too: of activations only where all accelerators of the system
  /// have the same.
  bool in_dram = true;

  [[nodiscard]] bool compressed() const { return format != StorageFormat::kDense; }
  [[nodiscard]] bool compressed_in(Level level) const {
    return compressed() && level <= compressed_to && (level != Level::kDram || in_dram);
  }
  [[nodiscard]] bool acts() const {
    return buffers != ZeroAction::kNone || registers != ZeroAction::kNone ||
           macs != ZeroAction::kNone;
  }
  /// Whether values of both can be read where the other wrote them.
  [[nodiscard]] bool same_format(const OperandSparsity& other) const;
  [[nodiscard]] std::int64_t block() const { return block_outputs * block_reduction; }
  /// "csc", "2:4", "bitmask 4x4".
  [[nodiscard]] std::string format_name() const;
};

/// How a PE finds products of which no factor is zero.
enum class Matching : std::uint8_t {
  kNone,
  kOneSided,  ///< one operand's values are walked, their partners found by place
  kTwoSided,  ///< values of both operands are intersected
  kProduct,   ///< every value of one operand meets every value of the other: nothing is looked for
};
[[nodiscard]] std::string_view to_string(Matching matching);

/// What an accelerator makes of zeros; by default nothing.
struct Sparsity {
  std::array<OperandSparsity, models::kMacOperandCount> operands;
  Matching matching = Matching::kNone;
  double positions_per_cycle = 0;    ///< examined by the matching of one PE; 0: no limit
  base::Picojoules position_energy;  ///< of one position examined
  /// PEs that share their work evenly; 1: each does what it was assigned.
  std::int64_t stealing_group = 1;
  /// Tiles of a PE's registers that it may be ahead of the slowest one.
  std::int64_t fifo_depth = 1;
  double gated_mac_energy = 0;  ///< of a gated MAC, as a share of one that is done

  [[nodiscard]] const OperandSparsity& of(models::MacOperand operand) const {
    return operands[models::index(operand)];
  }
  /// Whether there are any features at all.
  [[nodiscard]] bool any() const;
  [[nodiscard]] bool skips(models::MacOperand operand) const {
    return of(operand).macs == ZeroAction::kSkip;
  }
};

}  // namespace mensa::accelerators
