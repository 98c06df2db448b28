#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "models/base/units.h"

namespace mensa::accelerators {

/// Entries per kept value where runs of zeros longer than 2^bits - 1 are cut by stored zeros; a run
/// grows by another with the chance that a value is left out.
[[nodiscard]] inline double entries_per_kept(double kept, int bits) {
  if (kept <= 0) return 1;
  const double longest = std::ldexp(1.0, bits);
  return 1 / -std::expm1(longest * std::log1p(-std::min(kept, 1 - 1e-16)));
}

/// What tiles of one operand take where they are stored in one piece: packed values, or a
/// compressed format (docs/sparsity.md). The values that are kept are taken to be spread evenly
/// over all tiles.
struct StoredSize {
  int value_bits = 8;  ///< of a value that is not compressed
  bool compressed = false;
  /// Expected bits for every value that there is, kept or not, but for pointers.
  double bits_per_value = 8;
  /// Compressed: bits of an entry, a kept value with what places it, and of any value whether kept
  /// or not.
  double bits_per_kept = 8;
  double bits_per_place = 0;
  int run_bits = 0;      ///< of runs or distances, which cut longer ones by stored zeros; else 0
  int pointer_bits = 0;  ///< for every row or column of the tile, and one more
  /// Rows or columns run along the reduction (of activations: along the channels), else along the
  /// output channels (of activations: along the pixels).
  bool rows = false;

  [[nodiscard]] static StoredSize dense(int bits) {
    return {bits, false, static_cast<double>(bits), static_cast<double>(bits), 0, 0, 0, false};
  }
  /// Of a tile with so many rows or columns.
  [[nodiscard]] base::Bytes bytes(std::int64_t values, std::int64_t fibers) const {
    if (!compressed) return base::packed_bytes(values, value_bits);
    return whole(bits_per_value * static_cast<double>(values), values, fibers);
  }
  /// Of a tile in which so many values are kept.
  [[nodiscard]] base::Bytes bytes_of_kept(std::int64_t kept, std::int64_t values,
                                          std::int64_t fibers) const {
    if (!compressed) return base::packed_bytes(values, value_bits);
    return whole(
        bits_per_kept * static_cast<double>(kept) + bits_per_place * static_cast<double>(values),
        values, fibers);
  }
  /// bytes() without its pointers, for bounds.
  [[nodiscard]] base::Bytes least_bytes(std::int64_t values) const {
    if (!compressed) return base::packed_bytes(values, value_bits);
    return base::Bytes(
        static_cast<std::int64_t>(bits_per_value * static_cast<double>(values) / 8.0));
  }

 private:
  /// At least one byte says that nothing is kept.
  [[nodiscard]] base::Bytes whole(double bits, std::int64_t values, std::int64_t fibers) const {
    if (values == 0) return base::Bytes(0);
    if (pointer_bits > 0) bits += static_cast<double>(fibers + 1) * pointer_bits;
    return base::Bytes(std::max<std::int64_t>(1, static_cast<std::int64_t>(std::ceil(bits / 8.0))));
  }
};

}  // namespace mensa::accelerators
