#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "models/base/units.h"

namespace mensa::explore {

/// One accelerator as a design decides about it. Everything else of it follows by rule: banks,
/// vector lanes, registers, clock (docs/design.md).
struct Blueprint {
  std::int64_t rows = 1;
  std::int64_t columns = 1;
  std::size_t dataflow = 0;  ///< position in the platform's dataflows
  base::Bytes weights;       ///< buffer; 0: weights stream past the buffers
  base::Bytes activations;   ///< buffer, of inputs and outputs
  std::size_t place = 0;     ///< position in the platform's places

  [[nodiscard]] std::int64_t pes() const { return rows * columns; }
  auto operator<=>(const Blueprint&) const = default;
};

/// The accelerators of a system. Order means nothing but names.
using Blueprints = std::vector<Blueprint>;

/// Array sides and buffer sizes stand on a grid of powers of two, and halfway between: 2^n and
/// 3 x 2^(n-1). The next one up or down from a value; of 1 down none, as 0.
[[nodiscard]] std::int64_t next_size_up(std::int64_t size);
[[nodiscard]] std::int64_t next_size_down(std::int64_t size);

/// How a buffer is built.
struct BufferShape {
  base::Bytes capacity;
  std::int64_t banks = 1;
  base::Bytes width;  ///< of one access to one bank
};

/// Vector lanes of an array of so many PEs: 4 sqrt(PEs), to the nearest power of two.
[[nodiscard]] std::int64_t lanes_for(std::int64_t pes);

}  // namespace mensa::explore
