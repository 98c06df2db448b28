#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace mensa::models {

/// Set bits of a word. Not std::popcount: without an instruction for it, which the oldest x86-64
/// lacks, that is a call.
[[nodiscard]] inline std::int64_t count_bits(std::uint64_t word) {
  word -= word >> 1 & 0x5555555555555555U;
  word = (word & 0x3333333333333333U) + (word >> 2 & 0x3333333333333333U);
  word = (word + (word >> 4)) & 0x0F0F0F0F0F0F0F0FU;
  return static_cast<std::int64_t>(word * 0x0101010101010101U >> 56);
}

/// Which elements are not zero: one bit each, in row-major order.
class NonzeroBits {
 public:
  NonzeroBits() = default;
  explicit NonzeroBits(std::size_t size) : size_(size), words_(size / 64 + 2) {}

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::int64_t count() const { return count(0, size_); }
  /// Set bits among `length` from `start`.
  [[nodiscard]] std::int64_t count(std::size_t start, std::size_t length) const;
  /// `length` bits (at most 64) from `start` on; the lowest is the first.
  [[nodiscard]] std::uint64_t load(std::size_t start, std::size_t length) const {
    // There is always a word behind the last one with bits.
    const std::size_t word = start / 64;
    const std::size_t shift = start % 64;
    std::uint64_t bits = words_[word] >> shift;
    if (shift != 0) bits |= words_[word + 1] << (64 - shift);
    return length >= 64 ? bits : bits & ((std::uint64_t{1} << length) - 1);
  }
  void set(std::size_t index) { words_[index / 64] |= std::uint64_t{1} << index % 64; }
  /// Sets the bits from `start` on that are set in `bits`, of which none may lie behind the end.
  void merge(std::size_t start, std::uint64_t bits) {
    const std::size_t shift = start % 64;
    words_[start / 64] |= bits << shift;
    if (shift != 0) words_[start / 64 + 1] |= bits >> (64 - shift);
  }
  /// 64 bits from a multiple of 64 on.
  void store(std::size_t start, std::uint64_t bits) { words_[start / 64] = bits; }

 private:
  std::size_t size_ = 0;
  std::vector<std::uint64_t> words_;
};

}  // namespace mensa::models
