#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "explore/design/blueprint.h"
#include "explore/design/platform.h"

namespace mensa::explore {

/// What one change of an accelerator is about.
enum class Aspect : std::uint8_t { kArray, kWeights, kActivations, kDataflow, kPlace };
[[nodiscard]] std::string_view to_string(Aspect aspect);

/// One thing of an accelerator, otherwise.
struct Move {
  Aspect aspect = Aspect::kArray;
  Blueprint to;
};

/// By how much sizes change.
enum class Step : std::uint8_t {
  kDouble,  ///< to twice or half
  kFine,    ///< to the next size of the grid
};

/// How small and how large parts may be. A bank of a buffer is no smaller than the technology's
/// smallest macro.
struct SizeLimits {
  std::int64_t least_side = 1;
  std::int64_t most_side = 1024;
  base::Bytes least_buffer{std::int64_t{8} * 1024};
  base::Bytes most_buffer{std::int64_t{64} * 1024 * 1024};
};

/// Larger and smaller arrays along each axis, longer and wider ones of the same size, and larger
/// and smaller buffers (none for weights where the dataflow can do without).
[[nodiscard]] std::vector<Move> size_moves(const Platform& platform, const Blueprint& blueprint,
                                           Step step);
/// Larger weight buffers, of `sizes`.
[[nodiscard]] std::vector<Move> jumps(const Blueprint& blueprint,
                                      const std::vector<base::Bytes>& sizes);
/// Other dataflows, and other places of `places`.
[[nodiscard]] std::vector<Move> kind_moves(const Platform& platform, const Blueprint& blueprint,
                                           const std::vector<std::size_t>& places);

}  // namespace mensa::explore
