#include "onnx_import/pruning/selection.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <vector>

namespace mensa::onnx_import {
namespace {

using models::Dim;
using models::NonzeroBits;
using models::WeightOrder;

/// A loop over weights, with steps in their tensor and in some number that goes along.
struct Loop {
  std::size_t extent;
  std::size_t stride;
  std::size_t other = 0;
};

std::size_t extent(const WeightOrder& order, Dim dim) {
  return static_cast<std::size_t>(order.extents[index(dim)]);
}
std::size_t stride(const WeightOrder& order, Dim dim) {
  return static_cast<std::size_t>(order.strides[index(dim)]);
}

/// Calls visit(at, other) in each round, in the order of the tensor as far as the loops allow it:
/// the longest stride outermost.
template <class Visit>
void for_each_round(std::vector<Loop> loops, const Visit& visit) {
  std::stable_sort(loops.begin(), loops.end(),
                   [](const Loop& a, const Loop& b) { return a.stride > b.stride; });
  std::vector<std::size_t> rounds(loops.size());
  std::size_t at = 0;
  std::size_t other = 0;
  while (true) {
    visit(at, other);
    std::size_t i = loops.size();
    while (i-- > 0) {
      at += loops[i].stride;
      other += loops[i].other;
      if (++rounds[i] < loops[i].extent) break;
      at -= loops[i].stride * loops[i].extent;
      other -= loops[i].other * loops[i].extent;
      rounds[i] = 0;
    }
    if (i > loops.size()) return;  // wrapped: every loop has ended
  }
}

/// Keys below `key` go, and the first `ties` that equal it.
struct Cut {
  std::uint32_t key = 0;
  std::size_t ties = 0;
};

/// The first entry at which a running sum of `counts` reaches `drop`, which becomes what is left of
/// it before that entry.
std::uint32_t entry_reaching(const std::vector<std::size_t>& counts, std::size_t& drop) {
  std::uint32_t entry = 0;
  while (counts[entry] < drop) drop -= counts[entry++];
  return entry;
}

/// Of `drop` keys, at least one and at most all: by their upper halves, then by the lower ones of
/// those that are left.
Cut cut_of(const std::vector<std::uint32_t>& keys, std::size_t drop) {
  constexpr std::size_t kHalfKeys = std::size_t{1} << 16;
  std::vector<std::size_t> counts(kHalfKeys);
  for (const std::uint32_t key : keys) ++counts[key >> 16];
  const std::uint32_t upper = entry_reaching(counts, drop);
  std::fill(counts.begin(), counts.end(), 0);
  for (const std::uint32_t key : keys) {
    if (key >> 16 == upper) ++counts[key & 0xFFFFU];
  }
  const std::uint32_t lower = entry_reaching(counts, drop);
  return {upper << 16 | lower, drop};
}

/// Writes bits one after the other.
class BitWriter {
 public:
  explicit BitWriter(NonzeroBits& bits) : bits_(bits) {}
  void add(bool bit) {
    word_ |= std::uint64_t{bit} << at_ % 64;
    if (++at_ % 64 == 0) flush(at_ - 64);
  }
  void finish() {
    if (at_ % 64 != 0) flush(at_ - at_ % 64);
  }

 private:
  void flush(std::size_t start) {
    bits_.store(start, word_);
    word_ = 0;
  }
  NonzeroBits& bits_;
  std::uint64_t word_ = 0;
  std::size_t at_ = 0;
};

}  // namespace

std::int64_t pruned_count(double share, std::int64_t of) {
  return std::min<std::int64_t>(of, std::llround(share * static_cast<double>(of)));
}

NonzeroBits keep_largest(const Magnitudes& magnitudes, std::size_t drop) {
  const std::vector<std::uint32_t>& keys = magnitudes.keys;
  Cut cut;
  if (drop > 0) cut = cut_of(keys, drop);
  NonzeroBits bits(keys.size());
  BitWriter writer(bits);
  for (const std::uint32_t key : keys) {
    if (key == cut.key && key != 0) {
      writer.add(cut.ties == 0);
      if (cut.ties > 0) --cut.ties;
    } else {
      writer.add(key > cut.key);
    }
  }
  writer.finish();
  return bits;
}

NonzeroBits keep_in_groups(const Magnitudes& magnitudes, const WeightOrder& order,
                           const PruneGroups& groups) {
  const std::vector<std::uint32_t>& keys = magnitudes.keys;
  const std::size_t reduction = extent(order, Dim::C);
  const std::size_t step = stride(order, Dim::C);
  const auto of = static_cast<std::size_t>(groups.of);
  const auto keep = static_cast<std::size_t>(groups.keep);
  std::vector<Loop> loops = {{(reduction + of - 1) / of, of * step, of}};
  for (const Dim dim : {Dim::G, Dim::K, Dim::T, Dim::R, Dim::S}) {
    if (extent(order, dim) > 1) loops.push_back({extent(order, dim), stride(order, dim)});
  }
  NonzeroBits bits(keys.size());
  std::vector<std::uint64_t> members;  // a key, and behind it the place in the group
  members.reserve(std::min(of, reduction));
  for_each_round(loops, [&](std::size_t first, std::size_t place) {
    const std::size_t length = std::min(of, reduction - place);
    members.clear();
    for (std::size_t i = 0; i < length; ++i) {
      members.push_back(std::uint64_t{keys[first + i * step]} << 32 | i);
    }
    if (length > keep) {
      std::nth_element(members.begin(),
                       members.begin() + static_cast<std::ptrdiff_t>(length - keep), members.end());
    }
    for (std::size_t i = length - std::min(length, keep); i < length; ++i) {
      if (members[i] >> 32 != 0) bits.set(first + (members[i] & 0xFFFFFFFFU) * step);
    }
  });
  return bits;
}

NonzeroBits keep_channels(const Magnitudes& magnitudes, const WeightOrder& order,
                          std::size_t drop) {
  const std::size_t channels = extent(order, Dim::G) * extent(order, Dim::K);
  std::vector<Loop> loops;
  for (const Dim dim : {Dim::G, Dim::K, Dim::C, Dim::T, Dim::R, Dim::S}) {
    if (extent(order, dim) == 1) continue;
    const std::size_t channel = dim == Dim::G ? extent(order, Dim::K) : dim == Dim::K ? 1 : 0;
    loops.push_back({extent(order, dim), stride(order, dim), channel});
  }
  std::vector<double> norms(channels);
  for_each_round(
      loops, [&](std::size_t at, std::size_t channel) { norms[channel] += magnitudes.value(at); });
  std::vector<std::size_t> by_norm(channels);
  std::iota(by_norm.begin(), by_norm.end(), std::size_t{0});
  // What is no number is above all others.
  for (double& norm : norms) {
    if (std::isnan(norm)) norm = HUGE_VAL;
  }
  std::stable_sort(by_norm.begin(), by_norm.end(),
                   [&](std::size_t a, std::size_t b) { return norms[a] < norms[b]; });
  std::vector<bool> dropped(channels);
  for (std::size_t i = 0; i < std::min(drop, channels); ++i) dropped[by_norm[i]] = true;
  NonzeroBits bits(magnitudes.keys.size());
  for_each_round(loops, [&](std::size_t at, std::size_t channel) {
    if (magnitudes.keys[at] != 0 && !dropped[channel]) bits.set(at);
  });
  return bits;
}

}  // namespace mensa::onnx_import
