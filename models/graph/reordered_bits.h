#pragma once

#include <cstddef>
#include <vector>

#include "models/graph/nonzero_bits.h"

namespace mensa::models {

/// A loop over bits that lie so far apart.
struct BitLoop {
  std::size_t extent = 1;
  std::size_t stride = 0;
};

/// The bits in the order in which loops, the outermost first, visit them. The loops visit every bit
/// once, as those over the axes of an array in row-major order do in any order of nesting. Takes
/// some operations per word: 64 x 64 bits are turned at a time.
[[nodiscard]] NonzeroBits reordered_bits(const NonzeroBits& bits,
                                         const std::vector<BitLoop>& loops);

}  // namespace mensa::models
