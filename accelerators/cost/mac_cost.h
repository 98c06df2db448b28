#pragma once

#include <optional>
#include <variant>

#include "accelerators/cost/layer_cost.h"
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

  bool operator==(const MacQuestion&) const = default;
};

/// Analytic cost of mappings of one question on one accelerator. Formulas: docs/cost-model.md.
/// Not for use by two threads at once.
class MacCostModel {
 public:
  MacCostModel(const System& system, const Accelerator& accelerator, const MacQuestion& question);

  /// Cost of one run of the nest; why not, where the mapping needs more room than there is.
  [[nodiscard]] std::variant<LayerCost, Infeasible> evaluate(const Mapping& mapping);
  /// The counts behind the last feasible evaluate().
  [[nodiscard]] const AccessCounts& counts() const { return counts_; }

  [[nodiscard]] const Accelerator& accelerator() const { return *accelerator_; }
  [[nodiscard]] const MacQuestion& question() const { return question_; }
  /// What the mapping lacks in registers or buffers, if anything. `partial_sums` says whether
  /// partial sums return to the buffers, and whether to DRAM.
  [[nodiscard]] std::optional<Infeasible> lacks(const Mapping& mapping,
                                                bool partial_sums_in_buffers,
                                                bool partial_sums_in_dram) const;
  /// The same as a plain answer, for searches.
  [[nodiscard]] bool fits(const Mapping& mapping, bool partial_sums_in_buffers,
                          bool partial_sums_in_dram) const;

 private:
  /// Bytes that a mapping needs: in the registers of a PE by operand, then in each buffer.
  struct Needs {
    std::array<base::Bytes, models::kMacOperandCount> registers;
    std::array<base::Bytes, models::kMacOperandCount> buffers;
  };
  [[nodiscard]] Needs needs(const Mapping& mapping, bool partial_sums_in_buffers,
                            bool partial_sums_in_dram) const;

  struct BufferFigures {
    base::Bytes capacity;
    double bytes_per_cycle = 0;
    double read_pj_per_byte = 0;
    double write_pj_per_byte = 0;
  };

  const System* system_;
  const Accelerator* accelerator_;
  MacQuestion question_;
  StorageView storage_;
  AccessCounter counter_;
  AccessCounts counts_;
  const Precision* precision_;
  std::vector<BufferFigures> buffers_;
  std::array<int, models::kMacOperandCount> buffer_of_{};  // -1: none
  std::array<double, models::kMacOperandCount> register_pj_per_byte_{};
  double mac_pj_ = 0;
  double dram_pj_per_byte_ = 0;
  double dram_bytes_per_cycle_ = 0;
  base::Watts static_power_;
};

/// Fill and drain cycles of a systolic array for one fold, beyond one MAC per PE and cycle:
/// rows + columns - 2 where outputs stay; with weights or inputs staying 2 rows + columns - 2, of
/// which `rows` load them (the formulas of SCALE-Sim, arXiv 1811.02883). 0 where nothing is
/// forwarded.
[[nodiscard]] std::int64_t fold_overhead_cycles(const Accelerator& accelerator);

/// Sets cycles, latency and exposed cycles, time and bound from the work of array, lanes, buffers
/// and DRAM that `cost` already has: `tiles` equal tiles go through a double buffer, `latency` (in
/// cycles) after they are asked for. Formulas: docs/cost-model.md.
void set_times(LayerCost& cost, std::int64_t tiles, double latency, double bytes_per_cycle,
               base::Hertz clock);

/// `run` repeated: times, traffic and energy scale. The first fill, the last drain and the memory's
/// latency show only once, since the next run's parameters come while this one computes.
[[nodiscard]] LayerCost repeat(const LayerCost& run, std::int64_t runs, base::Hertz clock);

}  // namespace mensa::accelerators
