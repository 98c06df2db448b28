#pragma once

#include <array>
#include <cstdint>

#include "models/graph/problem_shape.h"

namespace mensa::accelerators {

/// Loops by the one operand that does not depend on them, and so may stay in place while they run:
/// weights over pixels (N D P Q), inputs over filters (K), outputs over windows (C T R S).
enum class ReuseClass : std::uint8_t { kPixels, kFilters, kWindows };
inline constexpr std::array<ReuseClass, 3> kReuseClasses = {
    ReuseClass::kPixels, ReuseClass::kFilters, ReuseClass::kWindows};
[[nodiscard]] constexpr ReuseClass reuse_class(models::MacOperand operand) {
  return static_cast<ReuseClass>(models::index(operand));
}
[[nodiscard]] constexpr std::size_t index(ReuseClass reuse) {
  return static_cast<std::size_t>(reuse);
}

/// Of a dimension other than G.
[[nodiscard]] constexpr ReuseClass class_of(models::Dim dim) {
  if (dim == models::Dim::K) return ReuseClass::kFilters;
  return models::kPixelDims.contains(dim) ? ReuseClass::kPixels : ReuseClass::kWindows;
}

/// Iterations of the DRAM loops.
struct TileCounts {
  std::array<std::int64_t, kReuseClasses.size()> by_class = {1, 1, 1};
  std::int64_t groups = 1;  ///< over G

  [[nodiscard]] std::int64_t all() const {
    return by_class[0] * by_class[1] * by_class[2] * groups;
  }
};

}  // namespace mensa::accelerators
