#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace mensa::onnx_import {

// Bounds on what a file may ask of us, far above any real network: a small file must not make us
// allocate or compute without end. Passing one is an error.
inline constexpr std::size_t kMostNodes = 100'000;
inline constexpr int kDeepestNesting = 16;  ///< graphs inside nodes inside graphs
inline constexpr std::size_t kHighestRank = 32;
inline constexpr std::int64_t kMostElements = std::int64_t{1} << 40;   ///< of one tensor
inline constexpr std::int64_t kLongestWindow = std::int64_t{1} << 31;  ///< kernel, stride, pad
/// Integer values of one constant that are kept: shapes, axes, indices. Larger ones are data.
inline constexpr std::int64_t kMostKeptIntegers = 65'536;
/// Integer values kept in a whole model. Past it constants keep only their shape.
inline constexpr std::int64_t kMostKeptIntegersInAll = std::int64_t{1} << 24;

/// Product of extents; none where an extent is negative or the product of those that are not 0
/// passes kMostElements: then no product over some of the axes overflows either.
[[nodiscard]] inline std::optional<std::int64_t> element_count(
    std::span<const std::int64_t> extents) {
  std::int64_t product = 1;
  bool empty = false;
  for (const std::int64_t extent : extents) {
    if (extent == 0) {
      empty = true;
    } else if (extent < 0 || __builtin_mul_overflow(product, extent, &product) ||
               product > kMostElements) {
      return std::nullopt;
    }
  }
  return empty ? 0 : product;
}

}  // namespace mensa::onnx_import
