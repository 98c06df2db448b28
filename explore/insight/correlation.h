#pragma once

#include <optional>
#include <vector>

namespace mensa::explore {

/// Spearman's coefficient: how far two lists of the same length are ordered alike, 1, or
/// oppositely, -1. Equal values have the mean of their ranks. None where a list does not vary.
[[nodiscard]] std::optional<double> spearman(const std::vector<double>& a,
                                             const std::vector<double>& b);

/// Kendall's tau-b: of the pairs that are equal in neither list, those that are ordered alike less
/// those that are not, over sqrt(pairs unequal in a x pairs unequal in b). None where a list does
/// not vary. n log n (Knight, JASA 61, 1966).
[[nodiscard]] std::optional<double> kendall(const std::vector<double>& a,
                                            const std::vector<double>& b);

}  // namespace mensa::explore
