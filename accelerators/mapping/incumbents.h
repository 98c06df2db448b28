#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "accelerators/mapping/mapper.h"

namespace mensa::accelerators {

/// The best mappings that a search has seen.
class Incumbents {
 public:
  /// Takes the mapping in where none seen so far is as good in both time and energy.
  void add(const Mapping& mapping, TimeAndEnergy cost);
  [[nodiscard]] bool empty() const { return kept_.empty(); }
  /// Whether a mapping that costs at least `bound` may be better for one of the objectives.
  [[nodiscard]] bool may_improve(TimeAndEnergy bound) const {
    return may_be_faster(bound) || may_be_cheaper(bound);
  }
  /// For latency alone, and for energy or energy-delay product.
  [[nodiscard]] bool may_be_faster(TimeAndEnergy bound) const {
    return bound.cycles < fastest_.cycles ||
           (bound.cycles == fastest_.cycles && bound.energy < fastest_.energy * kGain);
  }
  [[nodiscard]] bool may_be_cheaper(TimeAndEnergy bound) const {
    return bound.energy < cheapest_.energy * kGain ||
           static_cast<double>(bound.cycles) * bound.energy < least_product_ * kGain ||
           (bound.energy <= cheapest_.energy && bound.cycles < cheapest_.cycles);
  }
  /// Cycles of the fastest; none may be empty.
  [[nodiscard]] std::int64_t fastest() const { return fastest_.cycles; }
  /// Fastest first, thinned to a few: both ends and the best energy-delay products.
  [[nodiscard]] std::vector<Mapping> take();

 private:
  struct Kept {
    Mapping mapping;
    TimeAndEnergy cost;
  };
  /// Gains below this are none.
  static constexpr double kGain = 1 - 1e-9;
  static constexpr double kInfinite = std::numeric_limits<double>::infinity();
  static constexpr TimeAndEnergy kNone = {std::numeric_limits<std::int64_t>::max(), kInfinite};

  std::vector<Kept> kept_;  ///< ascending time, descending energy
  TimeAndEnergy fastest_ = kNone;
  TimeAndEnergy cheapest_ = kNone;
  double least_product_ = kInfinite;
};

}  // namespace mensa::accelerators
