#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "accelerators/mapping/mapping.h"
#include "accelerators/mapping/sliding_axes.h"
#include "accelerators/mapping/stored_size.h"
#include "accelerators/mapping/transfer_sizes.h"

namespace mensa::accelerators {

/// Elements that one operand moves at one level, over all instances of the level.
struct OperandCounts {
  std::int64_t reads = 0;    ///< sent to the level below, partial sums read back included
  std::int64_t fills = 0;    ///< received from the level above
  std::int64_t updates = 0;  ///< partial or final sums received from the level below
  std::int64_t drains = 0;   ///< partial or final sums sent to the level above

  bool operator==(const OperandCounts&) const = default;
};

/// Bytes to and from DRAM in whole bursts. Every transfer is rounded up: what an operand moves for
/// one buffered tile, laid out in one piece. Saturates far beyond any time that may be asked about.
struct BurstBytes {
  base::Bytes weights;
  std::int64_t weight_times = 0;  ///< that all weights move
  base::Bytes inputs;
  base::Bytes sums_read;
  base::Bytes sums_written;
  base::Bytes outputs;
  // Of the first buffered tile, and of the last one: not clipped by padding, no remainders.
  base::Bytes first_weights;
  base::Bytes first_inputs;
  base::Bytes last_outputs;

  bool operator==(const BurstBytes&) const = default;
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
  /// Work of the slowest PE of a pass over that of the mean one, where zeros are skipped.
  double imbalance = 1;
  /// For bounds: where not 0, transfers into the array that zeros make needless are not those of
  /// the operand's reads, but linear from so many reads on, which is never more.
  std::array<std::int64_t, models::kMacOperandCount> linear_from = {};
  /// What the elements that DRAM moves take there; nothing from a counter without DramFormat.
  std::optional<BurstBytes> bursts;
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

/// How the operands are stored in DRAM, and its burst.
struct DramFormat {
  StoredSize weights;
  StoredSize inputs;
  StoredSize outputs;
  StoredSize sums;  ///< partial ones
  base::Bytes burst{1};

  /// Nothing compressed.
  [[nodiscard]] static DramFormat dense(const OperandBits& bits, base::Bytes burst) {
    return {StoredSize::dense(bits.weights), StoredSize::dense(bits.inputs),
            StoredSize::dense(bits.outputs), StoredSize::dense(bits.accumulators), burst};
  }
};

/// Whether rows or columns of a compressed operand run along that dimension.
[[nodiscard]] bool is_along_fibers(models::MacOperand operand, models::Dim dim, bool rows);

/// Counts mappings of one shape. Remembers sliding-window sums and the iterations of single
/// dimensions between calls, so keep one counter for all mappings of a shape; not for use by two
/// threads at once.
class AccessCounter {
 public:
  AccessCounter(const models::ProblemShape& shape, const StorageView& storage,
                InputPositions positions = InputPositions::kTouched,
                std::optional<DramFormat> format = std::nullopt);

  /// `mapping` must be well formed (see check_mapping).
  [[nodiscard]] AccessCounts count(const Mapping& mapping);
  /// Only what moves between DRAM and the buffers, and the number of tiles.
  [[nodiscard]] AccessCounts count_tiles(const Mapping& mapping);

  /// Distinct input elements that a tile of these extents, starting at zero, touches at the most:
  /// its size in a buffer.
  [[nodiscard]] std::int64_t tile_elements(models::MacOperand operand,
                                           const models::DimArray& extents) const;
  /// Rows or columns of such a tile of a compressed operand.
  [[nodiscard]] std::int64_t tile_fibers(models::MacOperand operand,
                                         const models::DimArray& extents, bool rows) const;
  /// Elements of the whole operand; of the inputs those really touched.
  [[nodiscard]] std::int64_t whole_elements(models::MacOperand operand) const {
    return whole_elements_[models::index(operand)];
  }
  /// Rows or columns of the whole operand, compressed in one piece.
  [[nodiscard]] std::int64_t whole_fibers(models::MacOperand operand, bool rows) const;
  [[nodiscard]] const SlidingAxes& axes() const { return axes_; }

 private:
  /// Where the loops of one level replace an operand's tile.
  struct Cut {
    bool exists = false;
    models::Dim dim = models::Dim::G;
    models::DimSet outside;  ///< dimensions of the loops at or outside it
  };
  /// Everything between a storage level and the next level inside that stores the operand.
  struct Boundary {
    models::MacOperand operand = models::MacOperand::kWeights;
    std::size_t child = kLevelCount;  ///< loops of levels outside it count; kLevelCount: the MACs
    bool shared = false;  ///< PEs that need the same element at the same time count once
    bool has_cut = false;
    std::size_t cut_level = 0;
    models::Dim cut_dim = models::Dim::G;
    /// Dimensions whose DRAM loops, and whose buffer loops, stand at or outside the cut.
    models::DimSet in_dram;
    models::DimSet in_buffers;
  };
  /// Iterations of the loops over one dimension, by what is counted of them.
  struct DimIterations {
    std::int64_t tile = 0;  ///< the mapping's values that they hold for
    std::int64_t unroll = 0;
    std::int64_t kept = 0;

    std::int64_t whole_tiles = 1;         ///< DRAM loops over all of `tile`
    std::int64_t rest = 0;                ///< indices of the remainder tile
    std::int64_t tiles = 1;               ///< DRAM loops
    std::int64_t passes = 1;              ///< DRAM and buffer loops
    std::int64_t cycles = 1;              ///< register-tile extents summed over the passes
    std::int64_t pe_tiles = 1;            ///< register tiles of all PEs over the passes
    std::int64_t pe_tiles_by_tile = 1;    ///< those in the first pass of every buffered tile
    std::int64_t pe_tiles_in_a_pass = 1;  ///< those in the very first pass
    bool walks_dram = false;
    bool walks_buffers = false;
  };
  void update_iterations(const Mapping& mapping);
  void find_cuts(const Mapping& mapping, bool grouped);
  [[nodiscard]] Boundary boundary_of(models::MacOperand operand, std::size_t child,
                                     bool shared) const;
  [[nodiscard]] std::int64_t iterations(models::Dim dim, const Boundary& boundary) const;
  [[nodiscard]] std::int64_t group_iterations(const Mapping& mapping, const GroupUnroll& group,
                                              models::Dim walking, const Boundary& boundary) const;
  [[nodiscard]] std::int64_t sliding_sum(const Mapping& mapping, std::size_t axis,
                                         const Boundary& boundary);
  [[nodiscard]] AxisTiling axis_tiling(const Mapping& mapping, std::size_t axis,
                                       const Boundary& boundary) const;
  /// After all links of the mapping are counted.
  void add_bursts(const Mapping& mapping, AccessCounts& counts);
  void add_end_tiles(const Mapping& mapping, BurstBytes& bursts) const;
  [[nodiscard]] base::Bytes transfer_bytes(models::MacOperand operand, const models::DimArray& tile,
                                           const StoredSize& stored) const;
  /// Whether `dim` is the first of the group's members with more than one iteration.
  [[nodiscard]] bool is_first_walked(const GroupUnroll& group, models::Dim dim) const;
  [[nodiscard]] std::int64_t moved(const Mapping& mapping, const Boundary& boundary, bool grouped);
  /// Adds what an operand moves between one storage level and the next inside that stores it.
  void count_link(const Mapping& mapping, models::MacOperand operand, std::size_t parent,
                  std::size_t child, bool grouped, AccessCounts& counts);

  models::ProblemShape shape_;
  StorageView storage_;
  SlidingAxes axes_;
  std::optional<DramFormat> format_;
  std::vector<models::Dim> walked_dims_;  ///< of bounds above 1
  std::array<std::int64_t, models::kMacOperandCount> whole_elements_{};
  std::array<DimIterations, models::kDimCount> dims_{};
  std::array<std::array<Cut, models::kMacOperandCount>, 2> cuts_{};  ///< of DRAM, of the buffers
  /// Of the inputs along each axis, from DRAM to the buffers.
  std::array<const AxisTiles*, 3> input_transfers_{};
  TransferSizes transfers_;
};

}  // namespace mensa::accelerators
