#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "onnx_import/annotate/nonzero_bits.h"

namespace mensa::onnx_import {

/// Bits that stand for 64 numbers below 8 side by side: bit i of each word belongs to number i.
struct SlicedSum {
  std::uint64_t ones = 0;
  std::uint64_t twos = 0;
  std::uint64_t fours = 0;
};

/// For each of 64 places how many of four words have a bit there.
[[nodiscard]] inline SlicedSum sum_of_four(const std::uint64_t* words) {
  const std::uint64_t low = words[0] ^ words[1];
  const std::uint64_t low_carry = words[0] & words[1];
  const std::uint64_t high = words[2] ^ words[3];
  const std::uint64_t high_carry = words[2] & words[3];
  const std::uint64_t carry = low & high;
  // Where `carry` is set, neither of the other two is.
  return {low ^ high, low_carry ^ high_carry ^ carry, low_carry & high_carry};
}

/// Counts the groups of four, and of eight, neighbours along one axis by how many bits they have
/// set. Takes eight neighbours each as words, with as many groups side by side as fit; what is not
/// there is left zero. (64 groups at a time, added up as a full adder does, not one by one.)
class GroupCounter {
 public:
  using Words = std::array<std::uint64_t, 8>;

  /// `words[k]` holds neighbour k of up to 64 groups.
  void add(const Words& words) {
    const SlicedSum first = sum_of_four(words.data());
    const SlicedSum second = sum_of_four(words.data() + 4);
    count(first);
    count(second);
    const std::uint64_t ones_carry = first.ones & second.ones;
    const std::uint64_t ones = first.ones ^ second.ones;
    const std::uint64_t twos_half = first.twos ^ second.twos;
    const std::uint64_t twos = twos_half ^ ones_carry;
    const std::uint64_t twos_carry = (first.twos & second.twos) | (twos_half & ones_carry);
    const std::uint64_t fours_half = first.fours ^ second.fours;
    const std::uint64_t fours = fours_half ^ twos_carry;
    const std::uint64_t eights = (first.fours & second.fours) | (fours_half & twos_carry);
    beyond_4_of_8_ |= eights | (fours & (ones | twos));
  }

  /// As above for `length` (at most 63) groups at a time, of which only the first `members`
  /// neighbours are there; gathered until words are full. Bits behind the length are not looked at.
  void add_short(const Words& words, std::size_t members, std::size_t length) {
    if (filled_ + length > 64) flush();
    const std::uint64_t mask = (std::uint64_t{1} << length) - 1;
    for (std::size_t k = 0; k < members; ++k) gathered_[k] |= (words[k] & mask) << filled_;
    filled_ += length;
  }

  /// Eight groups of eight neighbours each, one group after the other.
  void add_contiguous(std::uint64_t bits) {
    for (std::size_t k = 0; k < gathered_.size(); ++k) {
      gathered_[k] |= (bits >> k & 0x0101010101010101U) << filled_;
    }
    if (++filled_ == 8) flush();
  }

  void flush() {
    add(gathered_);
    gathered_ = {};
    filled_ = 0;
  }

  /// Groups of four by bits set, of `groups` in all.
  [[nodiscard]] std::array<std::int64_t, 5> groups_of_4(std::int64_t groups) const {
    const std::int64_t one = ones_ - three_;
    const std::int64_t two = twos_ - three_;
    return {groups - one - two - three_ - four_, one, two, three_, four_};
  }
  /// Some group of eight has more than four bits set.
  [[nodiscard]] bool beyond_4_of_8() const { return beyond_4_of_8_ != 0; }

 private:
  void count(const SlicedSum& sum) {
    ones_ += count_bits(sum.ones);
    twos_ += count_bits(sum.twos);
    three_ += count_bits(sum.ones & sum.twos);
    four_ += count_bits(sum.fours);
  }

  Words gathered_{};
  std::size_t filled_ = 0;
  std::int64_t ones_ = 0;
  std::int64_t twos_ = 0;
  std::int64_t three_ = 0;
  std::int64_t four_ = 0;
  std::uint64_t beyond_4_of_8_ = 0;
};

/// Counts groups of bits that follow each other, row after row.
inline void count_contiguous_groups(const NonzeroBits& bits, std::size_t start, std::size_t rows,
                                    std::size_t extent, GroupCounter& counter) {
  if (extent % 8 == 0) {  // groups of one row end where those of the next begin
    extent *= rows;
    rows = 1;
  }
  for (std::size_t row = 0; row < rows; ++row, start += extent) {
    for (std::size_t i = 0; i < extent; i += 64) {
      counter.add_contiguous(bits.load(start + i, std::min<std::size_t>(64, extent - i)));
    }
  }
}

/// Counts the groups of up to eight neighbours that lie `stride` bits apart, for `stride` places
/// side by side.
inline void count_strided_groups(const NonzeroBits& bits, std::size_t start, std::size_t members,
                                 std::size_t stride, GroupCounter& counter) {
  GroupCounter::Words words{};
  if (stride < 64) {
    const std::size_t at_once = 64 / stride;  // neighbours that one load brings
    for (std::size_t k = 0; k < members; k += at_once) {
      const std::size_t there = std::min(at_once, members - k);
      const std::uint64_t loaded = bits.load(start + k * stride, there * stride);
      for (std::size_t j = 0; j < there; ++j) words[k + j] = loaded >> j * stride;
    }
    return counter.add_short(words, members, stride);
  }
  for (std::size_t i = 0; i < stride; i += 64) {
    const std::size_t length = std::min<std::size_t>(64, stride - i);
    for (std::size_t k = 0; k < members; ++k) words[k] = bits.load(start + k * stride + i, length);
    if (length == 64) {
      counter.add(words);
    } else {
      counter.add_short(words, members, length);
    }
  }
}

/// Counts the groups along the middle axis of bits that are `outer` x `extent` x `inner`, in
/// row-major order from `start` on.
inline void count_groups(const NonzeroBits& bits, std::size_t start, std::size_t outer,
                         std::size_t extent, std::size_t inner, GroupCounter& counter) {
  if (inner == 1) return count_contiguous_groups(bits, start, outer, extent, counter);
  for (std::size_t row = 0; row < outer; ++row, start += extent * inner) {
    for (std::size_t first = 0; first < extent; first += 8) {
      count_strided_groups(bits, start + first * inner, std::min<std::size_t>(8, extent - first),
                           inner, counter);
    }
  }
}

}  // namespace mensa::onnx_import
