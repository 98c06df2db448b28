#include "accelerators/cost/exact_weights.h"

#include <algorithm>
#include <array>

#include "accelerators/mapping/access_counts.h"

namespace mensa::accelerators {

using models::Dim;
using models::DimArray;
using models::index;
using models::MacOperand;

namespace {

constexpr std::array kWeightDims = {Dim::G, Dim::K, Dim::T, Dim::R, Dim::S, Dim::C};

std::array<Dim, models::kDimCount> reversed(std::array<Dim, models::kDimCount> order) {
  std::reverse(order.begin(), order.end());
  return order;
}

/// Where every weight goes, as sums of offsets: by output channel, and by place in the reduction.
/// An offset counts tiles of single PEs: buffered tiles outermost, then array passes, then PEs.
class Assignment {
 public:
  Assignment(const models::WeightPattern& pattern, const Mapping& mapping)
      : bounds_(pattern.bounds), mapping_(mapping) {
    lay_out();
    for (std::int64_t g = 0; g < bound(Dim::G); ++g) {
      for (std::int64_t k = 0; k < bound(Dim::K); ++k) {
        outputs_.push_back(offset(Dim::G, g) + offset(Dim::K, k));
      }
    }
    reduction_.reserve(
        static_cast<std::size_t>(bound(Dim::T) * bound(Dim::R) * bound(Dim::S) * bound(Dim::C)));
    for (std::int64_t t = 0; t < bound(Dim::T); ++t) {
      for (std::int64_t r = 0; r < bound(Dim::R); ++r) {
        for (std::int64_t s = 0; s < bound(Dim::S); ++s) {
          const std::size_t at = offset(Dim::T, t) + offset(Dim::R, r) + offset(Dim::S, s);
          for (std::int64_t c = 0; c < bound(Dim::C); ++c) {
            reduction_.push_back(at + offset(Dim::C, c) + group_offset({t, r, s, c}));
          }
        }
      }
    }
  }

  [[nodiscard]] const std::vector<std::size_t>& outputs() const { return outputs_; }
  [[nodiscard]] const std::vector<std::size_t>& reduction() const { return reduction_; }
  [[nodiscard]] std::size_t tiles() const { return tiles_; }
  [[nodiscard]] std::size_t passes() const { return passes_; }  ///< of each tile, unused ones too
  [[nodiscard]] std::size_t pes() const { return pes_; }
  [[nodiscard]] std::size_t size() const { return tiles_ * passes_ * pes_; }
  [[nodiscard]] const Mapping& mapping() const { return mapping_; }

  /// Extents of a buffered tile.
  [[nodiscard]] DimArray tile_extents(std::size_t tile) const {
    DimArray extents = models::kUnitDims;
    for (const Dim dim : kWeightDims) {
      const Places& places = places_[index(dim)];
      const auto at = static_cast<std::int64_t>(tile / places.tile_stride % places.tiles);
      extents[index(dim)] = std::min(places.tile, bound(dim) - at * places.tile);
    }
    return extents;
  }
  /// Sum over all passes of the weights in the largest PE tile.
  [[nodiscard]] std::int64_t dense_work() const {
    std::int64_t product = 1;
    for (const Dim dim : kWeightDims) {
      if (mapping_.group_of(dim) != nullptr) continue;
      const Places& places = places_[index(dim)];
      std::int64_t sum = 0;
      for (std::int64_t begin = 0; begin < bound(dim); begin += places.tile) {
        const std::int64_t extent = std::min(places.tile, bound(dim) - begin);
        for (std::int64_t at = 0; at < extent; at += places.pass) {
          sum += std::min(places.kept, extent - at);
        }
      }
      product *= sum;
    }
    for (const GroupUnroll& group : mapping_.groups) {
      if (!holds_weights(group)) continue;
      std::int64_t sum = 0;
      for (std::size_t tile = 0; tile < tiles_; ++tile) {
        if (is_first_elsewhere(tile, group)) {
          sum += base::ceil_div(models::product(tile_extents(tile), group.dims), group.factor);
        }
      }
      product *= sum;
    }
    return product;
  }

 private:
  struct Places {
    std::int64_t tile = 1;
    std::int64_t pass = 1;
    std::int64_t kept = 1;
    std::size_t tiles = 1;
    std::size_t passes = 1;
    std::size_t pes = 1;
    std::size_t tile_stride = 1;
    std::size_t pass_stride = 1;
    std::size_t pe_stride = 1;
  };

  [[nodiscard]] std::int64_t bound(Dim dim) const { return bounds_[index(dim)]; }
  static bool holds_weights(const GroupUnroll& group) {
    return !group.dims.empty() && !group.dims.common(models::kWindowDims).empty();
  }
  /// Whether it is the first tile along all dimensions that are not of the group.
  [[nodiscard]] bool is_first_elsewhere(std::size_t tile, const GroupUnroll& group) const {
    return std::all_of(kWeightDims.begin(), kWeightDims.end(), [&](Dim dim) {
      const Places& places = places_[index(dim)];
      return group.dims.contains(dim) || tile / places.tile_stride % places.tiles == 0;
    });
  }

  void lay_out() {
    for (const Dim dim : kWeightDims) {
      Places& places = places_[index(dim)];
      places.tile = std::min(mapping_.at(Level::kBuffers).tile[index(dim)], bound(dim));
      places.tiles = static_cast<std::size_t>(base::ceil_div(bound(dim), places.tile));
      if (mapping_.group_of(dim) != nullptr) continue;
      places.kept = mapping_.at(Level::kRegisters).tile[index(dim)];
      places.pass = mapping_.pass_extent(dim);
      places.passes = static_cast<std::size_t>(base::ceil_div(places.tile, places.pass));
      places.pes = static_cast<std::size_t>(mapping_.unroll(dim));
    }
    // Innermost loops get the smallest strides, so that neighbours in time are neighbours here.
    const auto& inner = mapping_.at(Level::kBuffers).order;
    for (const Dim dim : reversed(inner)) {
      if (!models::is_relevant(MacOperand::kWeights, dim)) continue;
      places_[index(dim)].pass_stride = passes_;
      passes_ *= places_[index(dim)].passes;
      for (std::size_t g = 0; g < mapping_.groups.size(); ++g) {
        const GroupUnroll& group = mapping_.groups[g];
        if (!group.dims.contains(dim) || mapping_.walking_dim(dim) != dim) continue;
        std::int64_t positions = 1;
        for (const Dim member : kWeightDims) {
          if (group.dims.contains(member)) positions *= places_[index(member)].tile;
        }
        group_pass_stride_[g] = passes_;
        passes_ *= static_cast<std::size_t>(base::ceil_div(positions, group.factor));
      }
    }
    const auto& outer = mapping_.at(Level::kDram).order;
    for (const Dim dim : reversed(outer)) {
      if (!models::is_relevant(MacOperand::kWeights, dim)) continue;
      places_[index(dim)].tile_stride = tiles_;
      tiles_ *= places_[index(dim)].tiles;
    }
    for (const Dim dim : kWeightDims) {
      places_[index(dim)].pe_stride = pes_;
      pes_ *= places_[index(dim)].pes;
    }
    for (std::size_t g = 0; g < mapping_.groups.size(); ++g) {
      if (!holds_weights(mapping_.groups[g])) continue;
      group_pe_stride_[g] = pes_;
      pes_ *= static_cast<std::size_t>(mapping_.groups[g].factor);
    }
  }

  [[nodiscard]] std::size_t offset(Dim dim, std::int64_t at) const {
    const Places& places = places_[index(dim)];
    const auto tile = static_cast<std::size_t>(at / places.tile) * places.tile_stride;
    if (mapping_.group_of(dim) != nullptr) return tile * passes_ * pes_;
    const std::int64_t rest = at % places.tile;
    const auto pass = static_cast<std::size_t>(rest / places.pass) * places.pass_stride;
    const auto pe = static_cast<std::size_t>(rest % places.pass / places.kept) * places.pe_stride;
    return (tile * passes_ + pass) * pes_ + pe;
  }

  /// Of dimensions that are unrolled as one: the last of them runs fastest.
  [[nodiscard]] std::size_t group_offset(const std::array<std::int64_t, 4>& trsc) const {
    DimArray at{};
    at[index(Dim::T)] = trsc[0];
    at[index(Dim::R)] = trsc[1];
    at[index(Dim::S)] = trsc[2];
    at[index(Dim::C)] = trsc[3];
    std::size_t sum = 0;
    for (std::size_t g = 0; g < mapping_.groups.size(); ++g) {
      const GroupUnroll& group = mapping_.groups[g];
      if (!holds_weights(group)) continue;
      std::int64_t number = 0;
      for (const Dim dim : {Dim::C, Dim::T, Dim::R, Dim::S}) {
        if (!group.dims.contains(dim)) continue;
        const Places& places = places_[index(dim)];
        const std::int64_t begin = at[index(dim)] / places.tile * places.tile;
        const std::int64_t extent = std::min(places.tile, bound(dim) - begin);
        number = number * extent + at[index(dim)] - begin;
      }
      sum += static_cast<std::size_t>(number / group.factor) * group_pass_stride_[g] * pes_ +
             static_cast<std::size_t>(number % group.factor) * group_pe_stride_[g];
    }
    return sum;
  }

  DimArray bounds_;
  const Mapping& mapping_;
  std::array<Places, models::kDimCount> places_;
  std::array<std::size_t, 2> group_pass_stride_ = {1, 1};
  std::array<std::size_t, 2> group_pe_stride_ = {1, 1};
  std::size_t tiles_ = 1;
  std::size_t passes_ = 1;
  std::size_t pes_ = 1;
  std::vector<std::size_t> outputs_;
  std::vector<std::size_t> reduction_;
};

/// Kept weights of every PE tile.
std::vector<std::uint32_t> count_pe_tiles(const models::WeightPattern& pattern,
                                          const Assignment& assignment) {
  std::vector<std::uint32_t> counts(assignment.size());
  const std::vector<std::size_t>& reduction = assignment.reduction();
  const std::size_t row = reduction.size();
  constexpr std::size_t kWord = 64;
  std::size_t start = 0;
  for (const std::size_t output : assignment.outputs()) {
    std::uint32_t* const base = counts.data() + output;
    for (std::size_t done = 0; done < row; done += kWord) {
      const std::size_t length = std::min(kWord, row - done);
      std::uint64_t word = pattern.bits.load(start + done, length);
      while (word != 0) {
        ++base[reduction[done + static_cast<std::size_t>(__builtin_ctzll(word))]];
        word &= word - 1;
      }
    }
    start += row;
  }
  return counts;
}

/// Which passes have any weights at all, kept or not.
std::vector<bool> used_passes(const Assignment& assignment) {
  std::vector<bool> used(assignment.tiles() * assignment.passes());
  for (const std::size_t output : assignment.outputs()) {
    for (const std::size_t place : assignment.reduction()) {
      used[(output + place) / assignment.pes()] = true;
    }
  }
  return used;
}

std::int64_t slowest_work(const std::vector<std::uint32_t>& counts, const Assignment& assignment,
                          const Sparsity& sparsity) {
  const std::size_t pes = assignment.pes();
  const auto group = std::min(pes, static_cast<std::size_t>(sparsity.stealing_group));
  const auto slowest = [&](const auto* work) {
    std::int64_t most = 0;
    for (std::size_t pe = 0; pe < pes; pe += group) {
      const std::size_t sharers = std::min(group, pes - pe);
      std::int64_t sum = 0;
      for (std::size_t i = 0; i < sharers; ++i) sum += static_cast<std::int64_t>(work[pe + i]);
      most = std::max(most, base::ceil_div(sum, static_cast<std::int64_t>(sharers)));
    }
    return most;
  };
  std::int64_t sum = 0;
  if (sparsity.fifo_depth == 1) {
    for (std::size_t at = 0; at < counts.size(); at += pes) {
      if (group == 1) {
        sum += *std::max_element(counts.begin() + static_cast<std::ptrdiff_t>(at),
                                 counts.begin() + static_cast<std::ptrdiff_t>(at + pes));
      } else {
        sum += slowest(counts.data() + at);
      }
    }
    return sum;
  }
  const std::vector<bool> used = used_passes(assignment);
  std::vector<std::int64_t> ahead(pes);
  std::int64_t in_window = 0;
  const auto meet = [&] {
    sum += slowest(ahead.data());
    std::fill(ahead.begin(), ahead.end(), 0);
    in_window = 0;
  };
  for (std::size_t pass = 0; pass < used.size(); ++pass) {
    if (!used[pass]) continue;
    for (std::size_t pe = 0; pe < pes; ++pe) ahead[pe] += counts[pass * pes + pe];
    if (++in_window == sparsity.fifo_depth) meet();
  }
  if (in_window > 0) meet();
  return sum;
}

std::int64_t fibers_of(const DimArray& extents, bool rows) {
  std::int64_t product = 1;
  for (const Dim dim : kWeightDims) {
    if (!is_along_fibers(MacOperand::kWeights, dim, rows)) product *= extents[index(dim)];
  }
  return product;
}

}  // namespace

bool can_replay(const Mapping& mapping) {
  return std::all_of(mapping.groups.begin(), mapping.groups.end(), [](const GroupUnroll& group) {
    return group.dims.within(models::kWindowDims) || group.dims.within(models::kPixelDims);
  });
}

ExactWeights exact_weights(const models::WeightPattern& pattern, const Mapping& mapping,
                           const Sparsity& sparsity, const WeightStorage& storage) {
  const Assignment assignment(pattern, mapping);
  const std::vector<std::uint32_t> counts = count_pe_tiles(pattern, assignment);
  ExactWeights exact;
  exact.slowest = slowest_work(counts, assignment, sparsity);
  exact.dense = assignment.dense_work();

  const std::size_t of_tile = assignment.passes() * assignment.pes();
  for (std::size_t tile = 0; tile < assignment.tiles(); ++tile) {
    std::int64_t kept = 0;
    for (std::size_t i = 0; i < of_tile; ++i) kept += counts[tile * of_tile + i];
    const DimArray extents = assignment.tile_extents(tile);
    const std::int64_t values = models::product(extents, models::kEveryDim);
    const auto bytes = [&](const StoredSize& stored) {
      return stored.bytes_of_kept(kept, values, fibers_of(extents, stored.rows));
    };
    const base::Bytes moved = base::whole_bursts(bytes(storage.dram), storage.burst);
    exact.dram += moved;
    if (tile == 0) exact.first_tile = moved;
    exact.largest_tile = std::max(exact.largest_tile, bytes(storage.buffers));
    exact.fullest =
        std::max(exact.fullest, static_cast<double>(kept) / static_cast<double>(values));
  }

  const std::size_t pes = assignment.pes();
  const auto group = std::min(pes, static_cast<std::size_t>(sparsity.stealing_group));
  DimArray pe_extents = models::kUnitDims;
  for (const Dim dim : kWeightDims) {
    pe_extents[index(dim)] =
        std::min(mapping.at(Level::kRegisters).tile[index(dim)], pattern.bounds[index(dim)]);
  }
  const std::int64_t values = models::product(pe_extents, models::kEveryDim);
  std::int64_t most = 0;
  for (std::size_t at = 0; at < counts.size(); at += pes) {
    for (std::size_t pe = 0; pe < pes; pe += group) {
      const std::size_t sharers = std::min(group, pes - pe);
      std::int64_t sum = 0;
      for (std::size_t i = 0; i < sharers; ++i) sum += counts[at + pe + i];
      most = std::max(most, base::ceil_div(sum, static_cast<std::int64_t>(sharers)));
    }
  }
  exact.largest_pe_tile =
      storage.registers.bytes_of_kept(most, values, fibers_of(pe_extents, storage.registers.rows));
  exact.fullest = std::max(exact.fullest,
                           std::min(1.0, static_cast<double>(most) / static_cast<double>(values)));
  return exact;
}

}  // namespace mensa::accelerators
