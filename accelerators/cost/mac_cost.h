#pragma once

#include <algorithm>
#include <optional>
#include <variant>

#include "accelerators/cost/exact_weights.h"
#include "accelerators/cost/layer_cost.h"
#include "accelerators/cost/layer_room.h"
#include "accelerators/cost/sparse_model.h"
#include "accelerators/mapping/access_counts.h"

namespace mensa::accelerators {

/// Vector work behind a MAC nest (its epilogue), applied as final results leave the array.
struct VectorTail {
  std::int64_t operations = 0;
  /// Activations that the tail reads once, and how many of their bytes come from DRAM.
  base::Bytes activation_read;
  base::Bytes activation_read_from_dram;
  /// Parameters (biases) that it reads from DRAM.
  base::Bytes parameter_read;
  /// Operands of output size that stream through the activation buffer beside the outputs.
  int streamed_operands = 0;

  bool operator==(const VectorTail&) const = default;
};

/// All that the cost of a MAC layer on an accelerator depends on besides the accelerator.
struct MacQuestion {
  models::ProblemShape shape;
  OperandBits bits;
  OperandResidency resident;
  /// Room that tensors of other layers take in the activation and the parameter buffer.
  base::Bytes reserved_activations;
  base::Bytes reserved_parameters;
  VectorTail tail;
  InputPositions input_positions = InputPositions::kTouched;
  /// Formats at which the PEs multiply, one of the accelerator's precisions; none: integers as wide
  /// as `bits` says, at the native rate.
  std::optional<FactorFormats> factors = std::nullopt;
  /// What the accelerator's sparsity features may make use of.
  Zeros zeros = {};

  bool operator==(const MacQuestion&) const = default;
};

/// Bytes through the ports of each buffer; indexed as Accelerator::buffers.
struct BufferBytes {
  static constexpr std::size_t kMostBuffers = models::kMacOperandCount;
  std::array<double, kMostBuffers> read = {};
  std::array<double, kMostBuffers> written = {};

  /// With `times` another added.
  [[nodiscard]] BufferBytes plus(const BufferBytes& other, double times) const;
};

/// What the PE array does and moves in one run of the nest: all below the buffers.
struct ArrayWork {
  double compute_cycles = 0;  ///< fill and drain that show once per buffered tile left out
  double register_pj = 0;
  double network_pj = 0;
  double buffer_pj = 0;  ///< of what the array takes from the buffers and sends there
  BufferBytes buffers;
  DramTraffic dram;  ///< of operands that no buffer keeps
  double decompression_cycles = 0;

  /// The least of both, part by part; energy, of registers, network and buffers together, is one of
  /// theirs.
  [[nodiscard]] ArrayWork at_most(const ArrayWork& other) const;
  /// With `count` times another added.
  [[nodiscard]] ArrayWork plus(const ArrayWork& other, std::int64_t count) const;
};

/// What moves between DRAM and the buffers in one run of the nest, the vector tail's share
/// included.
struct TileWork {
  std::int64_t tiles = 1;
  double buffer_pj = 0;
  BufferBytes buffers;
  DramTraffic dram;
  double decompression_cycles = 0;
  /// What the first tile brings and the last one takes out; 0 where that is not known.
  base::Bytes first_fill;
  base::Bytes last_drain;

  /// With `count` times another added, which brings no tiles of its own.
  [[nodiscard]] TileWork plus(const TileWork& other, std::int64_t count) const;
};

/// What goes through a double buffer in one run: `tiles` tiles, the first of which brings at least
/// `first_fill` and the last of which takes out at least `last_drain`.
struct Pipeline {
  std::int64_t tiles = 1;
  base::Bytes first_fill;
  base::Bytes last_drain;
  double latency = 0;  ///< cycles from a request to its first data
  double bytes_per_cycle = 1;
};

/// Cycles and energy (pJ) of one run of the nest, all that a search compares.
struct TimeAndEnergy {
  std::int64_t cycles = 0;
  double energy = 0;
};

/// Energy-delay product, in the units of both.
[[nodiscard]] inline double product(TimeAndEnergy cost) {
  return static_cast<double>(cost.cycles) * cost.energy;
}

/// Analytic cost of mappings of one question on one accelerator. Formulas: docs/cost-model.md.
/// Not for use by two threads at once.
class MacCostModel {
 public:
  /// `drawn`: static power of the whole system while the accelerator works; none: static_power().
  MacCostModel(const System& system, const Accelerator& accelerator, const MacQuestion& question,
               std::optional<base::Watts> drawn = std::nullopt);

  /// Cost of one run of the nest; why not, where the mapping needs more room than there is. With
  /// `weights` the zeros among them are where they really are: their tiles must have room too.
  [[nodiscard]] std::variant<LayerCost, Infeasible> evaluate(const Mapping& mapping,
                                                             const ExactWeights* weights = nullptr);
  /// The same as if registers and buffers had room for everything.
  [[nodiscard]] LayerCost evaluate_without_limits(const Mapping& mapping);
  /// Cycles and energy of evaluate(), without the rest; nothing where it is infeasible.
  [[nodiscard]] std::optional<TimeAndEnergy> quick(const Mapping& mapping);
  /// The counts behind the last feasible evaluate() or quick().
  [[nodiscard]] const AccessCounts& counts() const { return counts_; }

  /// The parts of evaluate(), each a function of counts that grows with every one of them: priced
  /// with counts that no mapping goes below, they bound the cost of all mappings.
  [[nodiscard]] ArrayWork array_work(const AccessCounts& counts) const;
  /// pJ of a byte to or from DRAM, of a cycle of the whole system at rest, and of all MACs and
  /// vector operations.
  [[nodiscard]] double dram_energy_per_byte() const { return dram_pj_per_byte_; }
  [[nodiscard]] double static_energy_per_cycle() const { return static_pj_per_cycle_; }
  [[nodiscard]] double compute_energy() const { return compute_pj_; }
  /// The least cycles of one run whose array is busy for so long and that moves so many bytes to or
  /// from DRAM, in so many buffered tiles; with 0 tiles, in any number of them. The first tile and
  /// the last one move at least `ends` bytes of them.
  [[nodiscard]] double least_cycles(double busy, double dram_bytes, double ends,
                                    std::int64_t tiles) const {
    busy = std::max(busy, static_cast<double>(vector_cycles_));
    if (dram_bytes == 0) return busy;
    const double one_way = dram_bytes / dram_bytes_per_cycle_;
    const double memory = full_duplex_ ? one_way / 2 : one_way;
    if (tiles == 0) return end_latencies() + std::max(busy, memory);
    const auto count = static_cast<double>(tiles);
    const double slots = reads_tiles() ? (count * latency_cycles_ + busy) / 2 : 0;
    const double pipelined = tiles > 1 ? std::max(busy, slots) : busy;
    return end_latencies() +
           std::max(memory + busy / count,
                    pipelined + std::max(one_way / count, ends / dram_bytes_per_cycle_));
  }
  /// Numbers of tiles, from the first to the second, with which least_cycles() stays within
  /// `cycles`; the second below the first where none does.
  [[nodiscard]] std::pair<double, double> tile_range(double busy, double dram_bytes,
                                                     double cycles) const;
  /// Cycles of array and buffers with only what the array moves.
  [[nodiscard]] double array_cycles(const ArrayWork& array) const;
  /// Cycles of the array for so many of one MAC per PE, without fill and drain, where the slowest
  /// PE has so many times the mean one's work.
  [[nodiscard]] double compute_cycles(std::int64_t array_cycles, double imbalance = 1) const;
  [[nodiscard]] TileWork tile_work(const AccessCounts& counts) const;
  [[nodiscard]] TimeAndEnergy time_and_energy(const ArrayWork& array, const TileWork& tile) const;
  /// The least that time_and_energy() could say with any number of tiles.
  [[nodiscard]] TimeAndEnergy at_least(const ArrayWork& array, const TileWork& tile) const;

  [[nodiscard]] const Accelerator& accelerator() const { return *accelerator_; }
  [[nodiscard]] base::Bytes burst() const { return burst_; }
  [[nodiscard]] const MacQuestion& question() const { return question_; }
  [[nodiscard]] AccessCounter& counter() { return counter_; }
  [[nodiscard]] const AccessCounter& counter() const { return counter_; }
  [[nodiscard]] const StorageView& storage() const { return storage_; }
  [[nodiscard]] const SparseModel& sparse() const { return sparse_; }
  /// Expected work of the slowest PE over the mean one's: of the array's use alone, whatever the
  /// tiles and the orders.
  [[nodiscard]] double imbalance(const Mapping& mapping) const {
    return sparse_.skips_any() ? sparse_.imbalance(pe_tiles(mapping)) : 1;
  }
  /// The least of it with that unrolling, whatever registers hold of what it leaves.
  [[nodiscard]] double least_imbalance(const Mapping& unrolling) const;
  /// How weights are stored, for exact_weights().
  [[nodiscard]] WeightStorage weight_storage() const;
  /// What the mapping lacks in registers or buffers, if anything. `partial_sums` says whether
  /// partial sums return to the buffers, and whether to DRAM.
  [[nodiscard]] std::optional<Infeasible> lacks(const Mapping& mapping,
                                                bool partial_sums_in_buffers,
                                                bool partial_sums_in_dram) const;
  /// The same as a plain answer, for searches; of the registers alone, and of the buffers alone.
  [[nodiscard]] bool fits_registers(const Mapping& mapping) const;
  [[nodiscard]] bool fits_buffers(const Mapping& mapping, bool partial_sums_in_buffers,
                                  bool partial_sums_in_dram) const;
  [[nodiscard]] bool fits(const Mapping& mapping, bool partial_sums_in_buffers,
                          bool partial_sums_in_dram) const {
    return fits_registers(mapping) &&
           fits_buffers(mapping, partial_sums_in_buffers, partial_sums_in_dram);
  }
  /// What fits_buffers() adds up, part by part, of a mapping that fits.
  [[nodiscard]] LayerRoom room(const Mapping& mapping);
  /// Whether the buffers might hold tiles of at least these extents.
  [[nodiscard]] bool may_fit_buffers(const models::DimArray& tile) const;
  /// Elements of each operand that the registers of a PE hold.
  [[nodiscard]] std::array<std::int64_t, models::kMacOperandCount> register_elements() const;
  /// False where parameters are to stay in the PEs but one pass of the array does not hold them
  /// all.
  [[nodiscard]] bool holds_resident_weights(const Mapping& mapping) const;

 private:
  enum class RoomKind : std::uint8_t;
  /// Of an operand, in each PE.
  [[nodiscard]] base::Bytes register_room(models::MacOperand operand, const Mapping& mapping) const;
  [[nodiscard]] RoomByBuffer buffer_room(const Mapping& mapping, bool partial_sums_in_buffers,
                                         bool partial_sums_in_dram) const;
  /// Calls `add(operand, kind, bytes of one, copies)` for every part of it.
  template <class Add>
  void each_room(const Mapping& mapping, bool partial_sums_in_buffers, bool partial_sums_in_dram,
                 Add&& add) const;
  struct OnChipCycles {
    std::int64_t compute = 0;
    std::int64_t network = 0;
  };
  [[nodiscard]] OnChipCycles on_chip_cycles(const ArrayWork& array, const TileWork& tile) const;
  [[nodiscard]] double energy_of(const ArrayWork& array, const TileWork& tile,
                                 const DramTraffic& dram, std::int64_t cycles) const;
  [[nodiscard]] std::int64_t memory_cycles(const DramTraffic& dram) const;
  [[nodiscard]] double latency_of(const DramTraffic& dram) const;
  /// Whether tiles of weights or inputs come from DRAM.
  [[nodiscard]] bool reads_tiles() const {
    return !question_.resident.weights || !question_.resident.inputs;
  }
  /// Latency of the first read and of the last write.
  [[nodiscard]] double end_latencies() const {
    return latency_cycles_ * ((reads_tiles() ? 1 : 0) + (question_.resident.outputs ? 0 : 1));
  }
  [[nodiscard]] Pipeline pipeline_of(const TileWork& tile) const;
  void add_buffer_access(models::MacOperand operand, double read_bytes, double written_bytes,
                         BufferBytes& bytes, double& energy) const;
  /// Transfers of an input operand from its buffer that are made, of those in `counts`.
  [[nodiscard]] double transfers_made(models::MacOperand operand, const AccessCounts& counts,
                                      bool saves_time) const;
  /// What the array takes of an input operand from its buffer.
  void add_array_reads(models::MacOperand operand, const AccessCounts& counts,
                       ArrayWork& work) const;
  /// Energy and cycles of so many values that leave their compressed form behind `level`.
  void add_decompression(models::MacOperand operand, Level level, double values, double& energy,
                         double& cycles) const;
  /// Final results as they enter and leave the buffer.
  [[nodiscard]] double output_bytes_in_buffer() const;
  [[nodiscard]] SparseModel::PeTiles pe_tiles(const Mapping& mapping) const;
  void add_imbalance(const Mapping& mapping, const ExactWeights* weights);
  [[nodiscard]] std::optional<Infeasible> lacks_room_for(const Mapping& mapping,
                                                         const ExactWeights& weights) const;
  /// Of a tile of weights or inputs, compressed or not.
  [[nodiscard]] base::Bytes compressed_room(models::MacOperand operand, Level level,
                                            const models::DimArray& tile) const;
  /// Of a whole operand in its buffer.
  [[nodiscard]] base::Bytes whole_room(models::MacOperand operand) const;
  [[nodiscard]] std::int64_t fibers_of(models::MacOperand operand, const models::DimArray& tile,
                                       const StoredSize& stored) const;
  /// Values of a compressed operand that so many bytes of registers have room for.
  [[nodiscard]] std::int64_t most_compressed_values(models::MacOperand operand,
                                                    base::Bytes capacity) const;
  /// Adds what the operands move that are buffered, or those that are not.
  void add_dram_traffic(const AccessCounts& counts, bool buffered, DramTraffic& dram) const;
  [[nodiscard]] LayerCost assemble(const ArrayWork& array, const TileWork& tile) const;

  struct BufferFigures {
    base::Bytes capacity;
    double read_pj_per_byte = 0;
    double write_pj_per_byte = 0;
  };

  const System* system_;
  const Accelerator* accelerator_;
  MacQuestion question_;
  StorageView storage_;
  base::Bytes burst_;
  /// Bits of weights, inputs and sums in the PEs. Inputs that are stored wider, for another reader,
  /// leave their buffer at the width of this layer.
  std::array<int, models::kMacOperandCount> array_bits_{};
  SparseModel sparse_;
  AccessCounter counter_;
  AccessCounts counts_;
  std::vector<BufferFigures> buffers_;
  std::array<int, models::kMacOperandCount> buffer_of_{};  // -1: none
  std::array<double, models::kMacOperandCount> register_pj_per_byte_{};
  std::int64_t macs_ = 0;
  std::int64_t output_elements_ = 0;
  MacRate rate_;
  std::int64_t vector_cycles_ = 0;
  double compute_pj_ = 0;  ///< of all MACs and vector operations
  double hop_pj_per_byte_ = 0;
  double fold_overhead_ = 0;
  double dram_pj_per_byte_ = 0;
  double dram_bytes_per_cycle_ = 0;
  double device_bytes_per_cycle_ = 0;  ///< of the memory behind the port
  double latency_cycles_ = 0;
  bool full_duplex_ = false;
  double static_pj_per_cycle_ = 0;
  std::array<std::int64_t, models::kMacOperandCount> register_elements_{};  ///< register_elements()
};

/// How the operands of a question are stored in the accelerator's DRAM.
[[nodiscard]] DramFormat dram_format(const System& system, const Accelerator& accelerator,
                                     const MacQuestion& question);

/// Fill and drain cycles of a systolic array for one fold, beyond one MAC per PE and cycle:
/// rows + columns - 2 where outputs stay; with weights or inputs staying 2 rows + columns - 2, of
/// which `rows` load them (the formulas of SCALE-Sim, arXiv 1811.02883). 0 where nothing is
/// forwarded.
[[nodiscard]] std::int64_t fold_overhead_cycles(const Accelerator& accelerator);

/// Cycles of one run, and those that the two slots allow (LayerCost::latency_cycles); `busy` and
/// `memory` are those of the chip and of the port alone.
struct PipelineCycles {
  std::int64_t total = 0;
  std::int64_t latency = 0;
};
[[nodiscard]] PipelineCycles pipeline_cycles(std::int64_t busy, std::int64_t memory,
                                             const DramTraffic& dram, const Pipeline& pipeline);

/// Throws base::Error where so many runs move more than TransferSizes::kMost.
void check_traffic(const DramTraffic& dram, std::int64_t runs);

/// Throws base::Error beyond kMostCycles. Sets cycles, latency and exposed cycles, time and bound
/// from the work of array, lanes, buffers and DRAM that `cost` already has. Formulas:
/// docs/cost-model.md.
void set_times(LayerCost& cost, const Pipeline& run, base::Hertz clock);

/// `run` repeated: times, traffic and energy scale. The first fill, the last drain and the memory's
/// latency show only once, since the next run's parameters come while this one computes.
[[nodiscard]] LayerCost repeat(const LayerCost& run, std::int64_t runs, base::Hertz clock);

}  // namespace mensa::accelerators
