#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "accelerators/cost/layer_cost.h"
#include "accelerators/cost/operand_zeros.h"
#include "accelerators/mapping/mapping.h"
#include "accelerators/mapping/stored_size.h"
#include "accelerators/spec/sparsity.h"

namespace mensa::accelerators {

/// What an accelerator's sparsity features make of the zeros in one layer's operands: sizes, and
/// the shares of accesses and cycles that remain. Every share is 1, and every size that of packed
/// values, where there are no such features. Formulas: docs/sparsity.md.
class SparseModel {
 public:
  /// `bits`: of stored values; `register_bits`: of weights, inputs and sums in the PEs.
  SparseModel(const Sparsity& sparsity, const models::ProblemShape& shape, const OperandBits& bits,
              const std::array<int, models::kMacOperandCount>& register_bits, const Zeros& zeros);

  /// Whether anything differs from the dense model.
  [[nodiscard]] bool active() const { return active_; }
  /// Why an operand cannot be stored in its format.
  [[nodiscard]] const std::optional<Infeasible>& unrepresentable() const {
    return unrepresentable_;
  }

  /// How tiles of the operand are stored at DRAM, in the buffers and in registers; of outputs the
  /// final ones.
  [[nodiscard]] const StoredSize& stored(models::MacOperand operand, Level level) const {
    return stored_[models::index(operand)][accelerators::index(level)];
  }
  /// What a tile may take at a level: of compressed ones more than on average, so that hardly any
  /// tile is larger. `together`: tiles of as many PEs are held in one piece.
  [[nodiscard]] base::Bytes room(models::MacOperand operand, Level level, std::int64_t values,
                                 std::int64_t fibers, std::int64_t together = 1) const;
  /// Share of values that are stored and worked on: blocks with a zero in them count as a whole.
  [[nodiscard]] double kept(models::MacOperand operand) const {
    return kept_[models::index(operand)];
  }
  /// Whether the operand runs as its format and actions say; not where it lacks the N:M pattern.
  [[nodiscard]] bool applies(models::MacOperand operand) const {
    return applies_[models::index(operand)];
  }
  [[nodiscard]] bool skips(models::MacOperand operand) const {
    return applies(operand) && sparsity_.skips(operand);
  }
  [[nodiscard]] bool skips_any() const {
    return skips(models::MacOperand::kWeights) || skips(models::MacOperand::kInputs);
  }
  [[nodiscard]] const Sparsity& features() const { return sparsity_; }

  [[nodiscard]] MacFates fates(std::int64_t macs) const;
  /// Of a MAC's energy, on average over all of the dense nest.
  [[nodiscard]] double mac_energy_share() const;
  /// Positions that the matching examines, as a share of the dense nest's MACs.
  [[nodiscard]] double examined() const { return examined_; }
  /// Cycles of the array, as a share of the dense nest's, with PEs of equal work.
  [[nodiscard]] double time_share() const { return time_share_; }
  /// The same with the slowest PE so much behind the mean one; never beyond the dense nest's unless
  /// the matching is.
  [[nodiscard]] double time_share(double imbalance) const;

  /// Bits that an access to the registers for one MAC of the dense nest moves on average.
  [[nodiscard]] double register_bits(models::MacOperand operand) const {
    return register_bits_[models::index(operand)];
  }
  /// Of so many transfers of an input operand into the array, each serving its share of `macs`,
  /// those that are made; `saves_time`: only what is skipped counts as not made.
  [[nodiscard]] double transfers(models::MacOperand operand, std::int64_t count, std::int64_t macs,
                                 bool in_registers, bool saves_time) const;

  /// Expected work of the slowest PE over the mean, from tiles of so many values in each PE's
  /// registers and so many PEs whose values differ.
  struct PeTiles {
    double weights = 1;
    double inputs = 1;
    std::int64_t weight_pes = 1;
    std::int64_t input_pes = 1;
    std::int64_t all_pes = 1;
  };
  [[nodiscard]] double imbalance(const PeTiles& tiles) const;
  /// The same of a slowest PE of whose values of an operand that share is kept; their zeros are
  /// skipped.
  [[nodiscard]] double slowness(models::MacOperand operand, double share) const;
  /// The part of it that inputs add to an imbalance by weights that is known.
  [[nodiscard]] double imbalance_of_inputs(const PeTiles& tiles) const;

 private:
  void resolve(models::MacOperand operand, const models::ProblemShape& shape, int bits,
               int register_bits);
  /// How it is stored compressed at that width; `entries`: stored ones per value.
  [[nodiscard]] StoredSize compressed_size(models::MacOperand operand,
                                           const models::ProblemShape& shape, int bits,
                                           double& entries);
  [[nodiscard]] double bits_per_register_access(models::MacOperand operand) const;
  /// With so many stored values per value.
  [[nodiscard]] double examined(double weights, double inputs) const;
  [[nodiscard]] double share_of_nonempty(models::MacOperand leader, double values) const;
  /// Variance of a PE's work over the square of its mean.
  [[nodiscard]] double variance(models::MacOperand operand, double values) const;
  /// Of tiles of so many values each, where only this operand's zeros are skipped.
  [[nodiscard]] double imbalance_of(models::MacOperand operand, double values,
                                    std::int64_t pes) const;
  [[nodiscard]] double slowest(double relative_variance, std::int64_t pes) const;

  Sparsity sparsity_;
  Zeros zeros_;
  std::array<std::array<StoredSize, kLevelCount>, models::kMacOperandCount> stored_;
  std::array<double, models::kMacOperandCount> kept_ = {1, 1, 1};
  /// Stored entries per value, zeros between distant ones among them.
  std::array<double, models::kMacOperandCount> entries_ = {1, 1, 1};
  std::array<int, models::kMacOperandCount> run_bits_ = {};
  std::array<double, models::kMacOperandCount> elements_ = {1, 1, 1};
  std::array<double, models::kMacOperandCount> register_bits_ = {};
  std::array<bool, models::kMacOperandCount> applies_ = {true, true, true};
  std::optional<Infeasible> unrepresentable_;
  bool active_ = false;
  double unskipped_ = 1;
  double effectual_ = 1;
  double examined_ = 0;
  double time_share_ = 1;
};

}  // namespace mensa::accelerators
