#pragma once

#include <array>
#include <optional>
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
  [[nodiscard]] bool may_be_faster(TimeAndEnergy bound) const;
  [[nodiscard]] bool may_be_cheaper(TimeAndEnergy bound) const;
  /// Cycles of the fastest; none may be empty.
  [[nodiscard]] std::int64_t fastest() const { return kept_.front().cost.cycles; }
  /// Fastest first, thinned to a few: both ends and the best energy-delay products.
  [[nodiscard]] std::vector<Mapping> take();

 private:
  struct Kept {
    Mapping mapping;
    TimeAndEnergy cost;
  };
  std::vector<Kept> kept_;  ///< ascending time, descending energy
  double least_product_ = 0;
};

}  // namespace mensa::accelerators
