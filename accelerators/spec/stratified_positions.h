#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace mensa::accelerators {

/// One axis of a Latin hypercube: `count` positions from 0 to 1, one in each of as many equal
/// strata, in a random order. They depend on the three arguments alone, so that whoever asks for
/// the same constant draws the same, whatever else is drawn; and they are the same on every
/// machine.
[[nodiscard]] std::vector<double> stratified_positions(std::uint64_t seed,
                                                       std::string_view constant,
                                                       std::size_t count);

}  // namespace mensa::accelerators
