#pragma once

#include <cstddef>
#include <span>

namespace mensa::scheduler {

/// Agreement of two clusterings of the same things, by their labels: the share of pairs that both
/// treat alike, adjusted so that 0 is what chance gives and 1 full agreement (Hubert and Arabie, J.
/// Classification 2, 1985):
///
///   (S - AB / N) / ((A + B) / 2 - AB / N)
///
/// with S the pairs together in both, A and B those together in each, N all pairs. What the labels
/// are does not matter, only which are equal. 1 where both put everything together, both nothing,
/// or there are fewer than two things; may be below 0.
[[nodiscard]] double adjusted_rand_index(std::span<const std::size_t> a,
                                         std::span<const std::size_t> b);

}  // namespace mensa::scheduler
