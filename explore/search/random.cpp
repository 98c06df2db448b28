#include <array>
#include <bit>

#include "explore/search/builtins.h"
#include "explore/search/positions.h"
#include "explore/search/random_source.h"

namespace mensa::explore {
namespace {

constexpr std::uint64_t kRandomBatch = 256;

/// A random order of 0 ... size - 1, without a list of them: a Feistel network permutes the numbers
/// of as many bits as needed; those beyond the size are permuted again until they are below it
/// (Black and Rogaway, "Ciphers with arbitrary finite domains", CT-RSA 2002).
class Permutation {
 public:
  Permutation(std::uint64_t size, std::uint64_t seed)
      : size_(size), half_bits_((static_cast<unsigned>(std::bit_width(size - 1)) + 1) / 2) {
    if (half_bits_ == 0) half_bits_ = 1;
    RandomSource random(seed);
    for (std::uint64_t& key : keys_) key = random.bits();
  }

  [[nodiscard]] std::uint64_t at(std::uint64_t position) const {
    do {
      position = permuted(position);
    } while (position >= size_);
    return position;
  }

 private:
  [[nodiscard]] std::uint64_t permuted(std::uint64_t value) const {
    const std::uint64_t mask = (std::uint64_t{1} << half_bits_) - 1;
    std::uint64_t left = value >> half_bits_;
    std::uint64_t right = value & mask;
    for (const std::uint64_t key : keys_) {
      const std::uint64_t next = left ^ (mixed(right ^ key) & mask);
      left = right;
      right = next;
    }
    return (left << half_bits_) | right;
  }

  /// Finaliser of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
  [[nodiscard]] static std::uint64_t mixed(std::uint64_t value) {
    value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9U;
    value = (value ^ (value >> 27U)) * 0x94d049bb133111ebU;
    return value ^ (value >> 31U);
  }

  std::uint64_t size_;
  unsigned half_bits_;
  std::array<std::uint64_t, 6> keys_{};
};

class Random final : public Search {
 public:
  explicit Random(const Space& space) : space_(space) {}

  void run(const Judge& judge) override {
    if (const auto size = space_.size()) {
      run_through(judge, *size);
    } else {
      run_forever(judge);
    }
  }

 private:
  void run_through(const Judge& judge, std::uint64_t size) {
    const Permutation order(size, space_.search.seed);
    for (std::uint64_t first = 0; first < size; first += kRandomBatch) {
      std::vector<Point> points;
      const std::uint64_t count = std::min(kRandomBatch, size - first);
      points.reserve(count);
      for (std::uint64_t i = 0; i < count; ++i) {
        points.push_back(point_at(space_, order.at(first + i)));
      }
      static_cast<void>(judge(points));
    }
  }

  /// In a space so large that no point comes twice.
  [[noreturn]] void run_forever(const Judge& judge) {
    RandomSource random(space_.search.seed);
    while (true) {
      std::vector<Point> points;
      points.reserve(kRandomBatch);
      for (std::uint64_t i = 0; i < kRandomBatch; ++i) {
        Point& point = points.emplace_back();
        for (const Parameter& parameter : space_.parameters) {
          point.push_back(static_cast<std::uint32_t>(random.below(parameter.choices.size())));
        }
      }
      static_cast<void>(judge(points));
    }
  }

  const Space& space_;
};

}  // namespace

std::unique_ptr<Search> make_random(const Space& space) { return std::make_unique<Random>(space); }

}  // namespace mensa::explore
