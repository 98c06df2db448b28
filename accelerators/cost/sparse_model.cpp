#include "accelerators/cost/sparse_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <boost/math/special_functions/erf.hpp>
#include <cmath>
#include <numbers>

#include "accelerators/mapping/access_counts.h"

namespace mensa::accelerators {

using models::Dim;
using models::index;
using models::MacOperand;
using models::ZeroPlacement;

namespace {

constexpr std::array kFactors = {MacOperand::kWeights, MacOperand::kInputs};

MacOperand other_factor(MacOperand operand) {
  return operand == MacOperand::kWeights ? MacOperand::kInputs : MacOperand::kWeights;
}

/// Tiles get room for the mean and so many standard deviations: of tiles filled at random, less
/// than one in 10^9 is larger.
constexpr double kRoomDeviations = 6;

/// `count` is at least 1.
int bits_to_tell_apart(std::int64_t count) {
  return static_cast<int>(std::bit_width(static_cast<std::uint64_t>(count - 1)));
}

/// Blocks of which any value is not zero.
double kept_share(const OperandSparsity& sparsity, const OperandZeros& zeros,
                  std::int64_t channels) {
  if (sparsity.format == StorageFormat::kGroups) {
    const auto& [nonzeros, of] = sparsity.groups;
    const std::int64_t kept =
        channels / of * nonzeros + std::min<std::int64_t>(nonzeros, channels % of);
    return static_cast<double>(kept) / static_cast<double>(channels);
  }
  if (zeros.kept >= 0) return zeros.kept;
  const auto block = static_cast<double>(sparsity.block());
  const double together =
      zeros.placement == ZeroPlacement::kClustered
          ? std::min(block, static_cast<double>(std::max<std::int64_t>(1, zeros.cluster)))
          : 1.0;
  if (block <= together) return zeros.density;
  if (zeros.placement == ZeroPlacement::kGroups) return std::min(1.0, zeros.density * block);
  return 1 - std::pow(1 - zeros.density, block / together);
}

/// That of `all` places, `kept` of which are taken, so many drawn are all free (hypergeometric).
double chance_of_none(double all, double kept, double drawn) {
  if (kept <= 0) return 1;
  const double free = all - kept;
  if (drawn >= free + 1) return 0;
  return std::exp(std::lgamma(free + 1) - std::lgamma(free - drawn + 1) +
                  std::lgamma(all - drawn + 1) - std::lgamma(all + 1));
}

/// Stored ones per value, zeros between distant ones among them.
double entries_of(double kept, int run_bits) {
  return run_bits > 0 ? std::min(1.0, kept * entries_per_kept(kept, run_bits)) : kept;
}

/// Extent along which coordinates of a compressed operand count.
std::int64_t fiber_extent(MacOperand operand, const models::ProblemShape& shape, bool rows) {
  std::int64_t extent = 1;
  for (const Dim dim : models::kAllDims) {
    const bool window = operand == MacOperand::kInputs && models::kWindowDims.contains(dim) &&
                        dim != Dim::C;  // positions are counted by the outputs' dimensions
    if (models::is_relevant(operand, dim) && !window && is_along_fibers(operand, dim, rows)) {
      extent *= shape.bound(dim);
    }
  }
  return extent;
}

}  // namespace

SparseModel::SparseModel(const Sparsity& sparsity, const models::ProblemShape& shape,
                         const OperandBits& bits,
                         const std::array<int, models::kMacOperandCount>& register_bits,
                         const Zeros& zeros)
    : sparsity_(sparsity), zeros_(zeros) {
  const std::array<int, models::kMacOperandCount> widths = {bits.weights, bits.inputs,
                                                            bits.outputs};
  for (const MacOperand operand : models::kAllMacOperands) {
    resolve(operand, shape, widths[index(operand)], register_bits[index(operand)]);
  }
  for (const MacOperand operand : models::kAllMacOperands) {
    register_bits_[index(operand)] = bits_per_register_access(operand);
  }

  for (const MacOperand factor : kFactors) {
    const ZeroAction action = applies(factor) ? sparsity_.of(factor).macs : ZeroAction::kNone;
    if (action == ZeroAction::kSkip) unskipped_ *= kept(factor);
    if (action != ZeroAction::kNone) effectual_ *= kept(factor);
  }
  examined_ = examined(entries_[index(MacOperand::kWeights)], entries_[index(MacOperand::kInputs)]);
  time_share_ = unskipped_;
  if (sparsity_.positions_per_cycle > 0) {
    time_share_ = std::max(time_share_, examined_ / sparsity_.positions_per_cycle);
  }
}

double SparseModel::examined(double weights, double inputs) const {
  if (!skips_any()) return 0;
  switch (sparsity_.matching) {
    case Matching::kNone:
      break;
    case Matching::kOneSided:
      return skips(MacOperand::kWeights) ? weights : inputs;
    case Matching::kTwoSided:
      return std::min(1.0, weights + inputs - weights * inputs);
    case Matching::kProduct:
      return weights * inputs;
  }
  return 0;
}

double SparseModel::slowness(MacOperand operand, double share) const {
  if (time_share_ <= 0) return 1;
  const MacOperand other = other_factor(operand);
  double time = skips(other) ? share * kept(other) : share;
  if (sparsity_.positions_per_cycle > 0) {
    std::array<double, models::kMacOperandCount> entries = entries_;
    entries[index(operand)] = entries_of(share, run_bits_[index(operand)]);
    time = std::max(
        time, examined(entries[index(MacOperand::kWeights)], entries[index(MacOperand::kInputs)]) /
                  sparsity_.positions_per_cycle);
  }
  return time / time_share_;
}

void SparseModel::resolve(MacOperand operand, const models::ProblemShape& shape, int bits,
                          int register_bits) {
  const std::size_t o = index(operand);
  const OperandSparsity& sparsity = sparsity_.of(operand);
  elements_[o] = static_cast<double>(shape.elements(operand));
  stored_[o].fill(StoredSize::dense(bits));
  StoredSize& in_registers = stored_[o][accelerators::index(Level::kRegisters)];
  in_registers = StoredSize::dense(register_bits);
  if (!sparsity.compressed() && !sparsity.acts()) return;
  if (sparsity.format == StorageFormat::kGroups && !zeros_[o].keeps_groups) {
    applies_[o] = false;
    return;
  }
  active_ = true;
  kept_[o] = entries_[o] = kept_share(sparsity, zeros_[o], shape.bound(Dim::C));
  if (!sparsity.compressed()) return;
  const StoredSize outside = compressed_size(operand, shape, bits, entries_[o]);
  for (const Level level : {Level::kDram, Level::kBuffers}) {
    if (sparsity.compressed_in(level)) stored_[o][accelerators::index(level)] = outside;
  }
  if (sparsity.compressed_in(Level::kRegisters)) {
    in_registers = compressed_size(operand, shape, register_bits, entries_[o]);
  }
}

StoredSize SparseModel::compressed_size(MacOperand operand, const models::ProblemShape& shape,
                                        int bits, double& entries) {
  const OperandSparsity& sparsity = sparsity_.of(operand);
  const double kept = kept_[index(operand)];
  const auto block = static_cast<double>(sparsity.block());
  StoredSize size;
  size.value_bits = bits;
  size.compressed = true;
  size.rows = sparsity.format == StorageFormat::kCsr;
  switch (sparsity.format) {
    case StorageFormat::kDense:
      break;
    case StorageFormat::kBitmask:
      size.bits_per_kept = bits;
      size.bits_per_place = 1 / block;
      break;
    case StorageFormat::kGroups:
      size.bits_per_kept = 0;
      size.bits_per_place = kept * (bits + bits_to_tell_apart(sparsity.groups.of));
      break;
    case StorageFormat::kRunLength:
      size.run_bits = sparsity.index_bits;
      size.bits_per_kept = bits + sparsity.index_bits / block;
      break;
    case StorageFormat::kCsr:
    case StorageFormat::kCsc: {
      const bool along_outputs = operand == MacOperand::kWeights && !size.rows;
      const std::int64_t places =
          base::ceil_div(fiber_extent(operand, shape, size.rows),
                         along_outputs ? sparsity.block_outputs : sparsity.block_reduction);
      const int needed = bits_to_tell_apart(places);
      const int index_bits = sparsity.index_bits == 0 ? needed : sparsity.index_bits;
      if (sparsity.relative_index) {
        size.run_bits = index_bits;
      } else if (index_bits < needed) {
        unrepresentable_ = Infeasible{
            fmt::format("{} coordinates of {}", sparsity.format_name(), models::to_string(operand)),
            fmt::format("{} bit for {} places", needed, places), fmt::format("{} bit", index_bits),
            "give the format more index_bits, or index: relative"};
      }
      size.bits_per_kept = bits + index_bits / block;
      size.pointer_bits = sparsity.pointer_bits;
      break;
    }
  }
  entries = entries_of(kept, size.run_bits);
  size.bits_per_value = (size.run_bits > 0 ? kept * entries_per_kept(kept, size.run_bits) : kept) *
                            size.bits_per_kept +
                        size.bits_per_place;
  run_bits_[index(operand)] = size.run_bits;
  return size;
}

base::Bytes SparseModel::room(MacOperand operand, Level level, std::int64_t values,
                              std::int64_t fibers, std::int64_t together) const {
  const StoredSize& size = stored(operand, level);
  if (!size.compressed) return size.bytes(values, fibers);
  const OperandZeros& zeros = zeros_[index(operand)];
  const double share = kept(operand);
  const auto all = static_cast<double>(values);
  const auto tiles = static_cast<double>(together);
  const auto alike =
      static_cast<double>(zeros.placement == ZeroPlacement::kClustered ? zeros.cluster : 1) *
      static_cast<double>(sparsity_.of(operand).block());
  double kept_values = share * all;
  if (zeros.placement != ZeroPlacement::kGroups) {
    kept_values += kRoomDeviations * std::sqrt(share * (1 - share) * all * alike / tiles);
  }
  kept_values = std::clamp(kept_values, zeros.room * all, all);
  return size.bytes_of_kept(static_cast<std::int64_t>(std::ceil(kept_values)), values, fibers);
}

MacFates SparseModel::fates(std::int64_t macs) const {
  const auto share_of = [macs](double share) {
    return std::min(macs,
                    static_cast<std::int64_t>(std::llround(static_cast<double>(macs) * share)));
  };
  const std::int64_t unskipped = share_of(unskipped_);
  MacFates fates;
  fates.effectual = std::min(unskipped, share_of(effectual_));
  fates.gated = unskipped - fates.effectual;
  fates.skipped = macs - unskipped;
  return fates;
}

double SparseModel::mac_energy_share() const {
  return effectual_ + (unskipped_ - effectual_) * sparsity_.gated_mac_energy;
}

double SparseModel::time_share(double imbalance) const {
  return imbalance == 1 ? time_share_
                        : std::min(time_share_ * imbalance, std::max(1.0, time_share_));
}

double SparseModel::bits_per_register_access(MacOperand operand) const {
  const StoredSize& size = stored(operand, Level::kRegisters);
  double left = size.bits_per_value;
  if (!size.compressed && operand != MacOperand::kOutputs && skips(operand)) left *= kept(operand);
  for (const MacOperand factor : kFactors) {
    if (factor == operand || !applies(factor)) continue;
    const OperandSparsity& leader = sparsity_.of(factor);
    if (leader.registers != ZeroAction::kNone || leader.macs == ZeroAction::kSkip) {
      left *= kept(factor);
    }
  }
  return left;
}

double SparseModel::share_of_nonempty(MacOperand leader, double values) const {
  const double share = kept(leader);
  if (share >= 1) return 1;
  const OperandZeros& zeros = zeros_[index(leader)];
  if (zeros.placement == ZeroPlacement::kGroups)
    return std::min(1.0, share * std::max(1.0, values));
  double together = static_cast<double>(sparsity_.of(leader).block());
  if (zeros.placement == ZeroPlacement::kClustered) together *= static_cast<double>(zeros.cluster);
  const double units = std::max(1.0, values / together);
  if (units == 1) return share;
  // So many are drawn of all, a whole number of which is kept: the one below or the one above.
  const double all = std::max(1.0, elements_[index(leader)] / together);
  const double below = std::floor(all * share);
  const double above_share = all * share - below;
  const double empty = (1 - above_share) * chance_of_none(all, below, units) +
                       above_share * chance_of_none(all, below + 1, units);
  return 1 - empty;
}

double SparseModel::transfers(MacOperand operand, std::int64_t count, std::int64_t macs,
                              bool in_registers, bool saves_time) const {
  const auto all = static_cast<double>(count);
  const MacOperand leader = other_factor(operand);
  if (count == 0 || !applies(leader)) return all;
  const OperandSparsity& sparsity = sparsity_.of(leader);
  // Without registers a transfer serves products only: those that are not made need none.
  const bool skips_it = sparsity.buffers == ZeroAction::kSkip ||
                        (!in_registers && sparsity.macs == ZeroAction::kSkip);
  const bool gates_it = sparsity.buffers == ZeroAction::kGate ||
                        (!in_registers && sparsity.registers != ZeroAction::kNone);
  if (!skips_it && (saves_time || !gates_it)) return all;
  return all * share_of_nonempty(leader, static_cast<double>(macs) / all);
}

double SparseModel::variance(MacOperand operand, double values) const {
  const OperandZeros& zeros = zeros_[index(operand)];
  const double share = kept(operand);
  if (!skips(operand) || share >= 1 || share <= 0 || values <= 0) return 0;
  if (zeros.placement == ZeroPlacement::kGroups ||
      sparsity_.of(operand).format == StorageFormat::kGroups) {
    return 0;
  }
  double together = static_cast<double>(sparsity_.of(operand).block());
  if (zeros.placement == ZeroPlacement::kClustered) together *= static_cast<double>(zeros.cluster);
  return (1 - share) / share / std::max(1.0, values / together);
}

double SparseModel::slowest(double relative_variance, std::int64_t pes) const {
  if (relative_variance <= 0 || pes <= 1) return 1;
  // The expected largest of that many standard normal values (Blom, 1958).
  constexpr double kAlpha = 0.375;
  const auto count = static_cast<double>(pes);
  const double rank = (count - kAlpha) / (count - 2 * kAlpha + 1);
  using InDouble = boost::math::policies::policy<boost::math::policies::promote_double<false>>;
  const double deviations = std::numbers::sqrt2 * boost::math::erf_inv(2 * rank - 1, InDouble());
  return 1 + deviations * std::sqrt(relative_variance);
}

double SparseModel::imbalance(const PeTiles& tiles) const {
  const bool weights_skip = skips(MacOperand::kWeights);
  const bool inputs_skip = skips(MacOperand::kInputs);
  if (weights_skip != inputs_skip) {
    return weights_skip ? imbalance_of(MacOperand::kWeights, tiles.weights, tiles.weight_pes)
                        : imbalance_of(MacOperand::kInputs, tiles.inputs, tiles.input_pes);
  }
  const std::int64_t group = sparsity_.stealing_group;
  const auto ahead = static_cast<double>(group * sparsity_.fifo_depth);
  const double weights = variance(MacOperand::kWeights, tiles.weights * ahead);
  const double inputs = variance(MacOperand::kInputs, tiles.inputs * ahead);
  const std::int64_t pes = weights > 0 && inputs > 0 ? tiles.all_pes
                           : weights > 0             ? tiles.weight_pes
                                                     : tiles.input_pes;
  // Matching looks at as much in every PE.
  const double slow = unskipped_ * slowest(weights + inputs, base::ceil_div(pes, group));
  return time_share_ > 0 ? std::max(1.0, std::min(1.0, slow) / time_share_) : 1;
}

double SparseModel::imbalance_of(MacOperand operand, double values, std::int64_t pes) const {
  const std::int64_t group = std::min(sparsity_.stealing_group, pes);
  const double share = kept(operand);
  const double all = values * static_cast<double>(sparsity_.fifo_depth);
  const double relative_variance = variance(operand, all * static_cast<double>(group));
  if (relative_variance <= 0) return 1;
  const double mean = share * all;
  // Work comes in whole values: there is one as soon as anybody has any, and what a group shares is
  // rounded up.
  const double any = -std::expm1(all * static_cast<double>(pes) * std::log1p(-share));
  const auto sharers = static_cast<double>(group);
  const double rounding = any * (sharers - 1) / (2 * sharers);
  const double most = mean * slowest(relative_variance, base::ceil_div(pes, group)) + rounding;
  return std::max(1.0, slowness(operand, std::min(1.0, std::max(most, any) / all)));
}

double SparseModel::imbalance_of_inputs(const PeTiles& tiles) const {
  const std::int64_t group = sparsity_.stealing_group;
  const auto ahead = static_cast<double>(group * sparsity_.fifo_depth);
  return slowest(variance(MacOperand::kInputs, tiles.inputs * ahead),
                 base::ceil_div(tiles.input_pes, group));
}

}  // namespace mensa::accelerators
