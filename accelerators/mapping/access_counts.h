#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <tuple>
#include <vector>

#include "accelerators/mapping/mapping.h"

namespace mensa::accelerators {

/// Elements that one operand moves at one level, over all instances of the level.
struct OperandCounts {
  std::int64_t reads = 0;    ///< sent to the level below, partial sums read back included
  std::int64_t fills = 0;    ///< received from the level above
  std::int64_t updates = 0;  ///< partial or final sums received from the level below
  std::int64_t drains = 0;   ///< partial or final sums sent to the level above

  bool operator==(const OperandCounts&) const = default;
};

/// Exact counts of a mapping; formulas and their argument are in docs/cost-model.md.
struct AccessCounts {
  std::array<std::array<OperandCounts, models::kMacOperandCount>, kLevelCount> levels;
  /// Elements that enter or leave single PEs, multicast ones counted at every receiver.
  std::array<std::int64_t, models::kMacOperandCount> deliveries = {};
  /// Cycles of the array with one MAC per PE and cycle, every pass at the size of its largest PE
  /// tile, without systolic fill and drain.
  std::int64_t array_cycles = 0;
  /// Times that the array's stationary operand changes: systolic folds.
  std::int64_t folds = 0;
  /// Loop iterations at DRAM: buffered tiles.
  std::int64_t tiles = 0;
  /// Whether partial sums return to the buffers more than once, and whether to DRAM.
  bool partial_sums_in_buffers = false;
  bool partial_sums_in_dram = false;

  [[nodiscard]] const OperandCounts& at(Level level, models::MacOperand operand) const {
    return levels[index(level)][models::index(operand)];
  }
};

/// Which levels store which operand, and how operands travel below the buffers.
struct StorageView {
  OperandSet in_buffers;
  OperandSet in_registers;
  models::MacOperand stationary = models::MacOperand::kOutputs;
  std::array<Movement, models::kMacOperandCount> movement = {};
};
[[nodiscard]] StorageView storage_view(const Accelerator& accelerator);

/// Counts mappings of one shape. Remembers sliding-window sums between calls, so keep one counter
/// for all mappings of a shape; not for use by two threads at once.
class AccessCounter {
 public:
  AccessCounter(const models::ProblemShape& shape, const StorageView& storage);

  /// `mapping` must be well formed (see check_mapping).
  [[nodiscard]] AccessCounts count(const Mapping& mapping);

  /// Distinct input elements that a tile of these extents, starting at zero, touches at the most:
  /// its size in a buffer.
  [[nodiscard]] std::int64_t tile_elements(models::MacOperand operand,
                                           const models::DimArray& extents) const;
  /// Elements of the whole operand; of the inputs those really touched.
  [[nodiscard]] std::int64_t whole_elements(models::MacOperand operand) const {
    return whole_elements_[models::index(operand)];
  }

 private:
  struct Boundary;
  [[nodiscard]] std::int64_t sliding_sum(const Mapping& mapping, std::size_t axis,
                                         const Boundary& boundary);

  models::ProblemShape shape_;
  StorageView storage_;
  std::array<std::int64_t, models::kMacOperandCount> whole_elements_{};
  std::array<std::int64_t, 3> whole_touched_{};  ///< of each sliding axis
  std::map<std::array<std::int64_t, 10>, std::int64_t> sliding_memo_;
};

/// Throws base::Error where tiles do not nest, an order is no permutation, a factor is below 1, the
/// unrolling exceeds the array or uses an axis that the dataflow does not allow.
void check_mapping(const Mapping& mapping, const models::ProblemShape& shape,
                   const Accelerator& accelerator);

}  // namespace mensa::accelerators
