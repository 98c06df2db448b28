#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "models/graph/nonzero_bits.h"

namespace mensa::models {

/// Where a density comes from, the weakest ground first.
enum class DensityOrigin : std::uint8_t {
  kAssumedDense,  ///< nothing known; counted as dense
  kUnknown,       ///< the values carry no information (none, or all the same); counted as dense
  kDefault,       ///< of an activation, by the operator that makes it
  kWhatIf,        ///< of weights as if they had been pruned
  kDeclared,      ///< stated by the user
  kProfile,       ///< measured by running the network
  kMeasured,      ///< counted from the real values
};
[[nodiscard]] std::string_view to_string(DensityOrigin origin);

/// Zeros by output channel. A tensor of several products (the directions of an LSTM, a batch of
/// matrices) has the channels of each, one product after the other.
struct ChannelSparsity {
  /// Values of one channel that are not zero, by channel: what an array that spreads channels over
  /// its rows waits for.
  std::vector<std::int64_t> nonzeros;
  std::int64_t values_per_channel = 0;
  std::int64_t all_zero = 0;  ///< channels without any value
  double least_zero_share = 0;
  double mean_zero_share = 0;
  double most_zero_share = 0;
};

/// At most `nonzeros` of every `of` neighbours along the reduction axis: 2:4 as sparse tensor cores
/// take it.
struct GroupPattern {
  int nonzeros = 0;
  int of = 0;
  friend bool operator==(const GroupPattern&, const GroupPattern&) = default;
};

struct ZeroBlocks {
  std::int64_t blocks = 0;
  std::int64_t zero = 0;  ///< those that hold nothing but zeros

  [[nodiscard]] double share() const {
    return blocks > 0 ? static_cast<double>(zero) / static_cast<double>(blocks) : 0;
  }
  friend bool operator==(const ZeroBlocks&, const ZeroBlocks&) = default;
};

/// How the zeros of a weight tensor lie, seen as matrices of output channels by the reduction axis,
/// one for each place of the other axes (of a convolution kernel: each of its pixels). Groups and
/// blocks at the end of an axis may be short; they count as if filled up with zeros.
struct SparsityStructure {
  std::size_t output_axis = 0;
  std::size_t reduction_axis = 1;
  /// None where a tensor has more channels than kMostChannels.
  std::optional<ChannelSparsity> channels;
  /// Groups of four neighbours along the reduction axis, by how many of them are not zero. The
  /// first entry counts the blocks of 1x4 that hold nothing.
  std::array<std::int64_t, 5> groups_of_4{};
  /// Blocks of four output channels by four along the reduction axis.
  ZeroBlocks blocks_4x4;
  /// The strictest of 1:4, 2:4 and 4:8 that holds everywhere; none where none does or the reduction
  /// axis is shorter than one group.
  std::optional<GroupPattern> pattern;

  static constexpr std::int64_t kMostChannels = std::int64_t{1} << 18;  ///< a large vocabulary

  [[nodiscard]] ZeroBlocks blocks_1x4() const;
};

/// How zeros lie in a tensor of which only the density is known.
enum class ZeroPlacement : std::uint8_t {
  kUniform,    ///< every value is zero with the same chance, independent of the others
  kClustered,  ///< in runs: `cluster` neighbours along the reduction axis are zero together or not
  kGroups,     ///< in every group of neighbours along the reduction axis equally many
};
[[nodiscard]] std::string_view to_string(ZeroPlacement placement);

/// Share of values that are not zero, and how they lie; shared by all users of a tensor. Immutable.
struct SparsityProfile {
  double density = 1.0;
  DensityOrigin origin = DensityOrigin::kAssumedDense;
  /// Only where measured, for tensors of two axes or more.
  std::optional<SparsityStructure> structure = std::nullopt;
  /// Which values are not zero, where that is known: in row-major order of the tensor.
  std::shared_ptr<const NonzeroBits> nonzeros = nullptr;
  /// The values, or which of them are zero, were made up from a seed.
  bool synthetic = false;
  /// Of tensors without `nonzeros`.
  ZeroPlacement placement = ZeroPlacement::kUniform;
  std::int64_t cluster = 1;                           ///< neighbours of kClustered
  std::optional<GroupPattern> groups = std::nullopt;  ///< of kGroups, where it is known
};

}  // namespace mensa::models
