#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "onnx_import/pruning/magnitudes.h"

namespace mensa::onnx_import {

/// The magnitudes of `count` weights that are made up: independent, normally distributed around
/// zero, all of one tensor with the same spread. They follow from seed and name alone, on every
/// machine. None is exactly zero.
///
/// A weight is the sum of twelve uniform numbers of 16 bits, less their mean (Knuth, The Art of
/// Computer Programming 2, 3.4.1): a standard deviation of 65536 almost exactly, an excess kurtosis
/// of -0.1, and no weight beyond 6 standard deviations. The numbers are SplitMix64's (Steele, Lea,
/// Flood: Fast splittable pseudorandom number generators, OOPSLA 2014), which starts from the
/// FNV-1a hash of the name and the seed.
[[nodiscard]] Magnitudes synthetic_magnitudes(std::uint64_t seed, std::string_view name,
                                              std::size_t count);

}  // namespace mensa::onnx_import
