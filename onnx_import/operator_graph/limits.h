#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace mensa::onnx_import {

// Operator set 23 is that of ONNX 1.18, whose files have IR version 11. Exporters of today's
// networks write 9 (ONNX 1.4) and later; of the older ones each operator is read in the forms that
// it had, or refused.
inline constexpr std::int64_t kOldestOpset = 1;
inline constexpr std::int64_t kNewestOpset = 23;
inline constexpr std::int64_t kOldestIr = 3;
inline constexpr std::int64_t kNewestIr = 11;

// Bounds on what a file may ask of us, far above any real network: a small file must not make us
// allocate or compute without end. Passing one is an error.
inline constexpr std::size_t kMostNodes = 100'000;
/// Names, attributes, tensors and other parts of a file, each of which becomes an object.
inline constexpr std::uint64_t kMostFields = std::uint64_t{1} << 23;
/// Memory of what inlining functions makes, roughly. Every call copies the nodes of its function,
/// and each of these may be a call again.
inline constexpr std::size_t kMostInlinedBytes = std::size_t{1} << 28;
inline constexpr int kDeepestNesting = 16;  ///< graphs inside nodes inside graphs; calls in calls
inline constexpr std::size_t kHighestRank = 32;
inline constexpr std::int64_t kMostElements = std::int64_t{1} << 40;   ///< of one tensor
inline constexpr std::int64_t kLongestWindow = std::int64_t{1} << 31;  ///< kernel, stride, pad
/// Integer values of one constant that are kept: shapes, axes, indices. Larger ones are data.
inline constexpr std::int64_t kMostKeptIntegers = 65'536;
/// Integer values kept in a whole model. Past it constants keep only their shape.
inline constexpr std::int64_t kMostKeptIntegersInAll = std::int64_t{1} << 24;
/// Float values of one constant that are kept: scales, limits, exponents, grids. Fewer than of
/// integers, since most floats in a file are weights, which nobody folds.
inline constexpr std::int64_t kMostKeptFloats = 1'024;
inline constexpr std::int64_t kMostKeptFloatsInAll = std::int64_t{1} << 20;
/// Elements read and written by folding a model's constants. Past it results are not known.
inline constexpr std::int64_t kMostFoldedElements = std::int64_t{1} << 26;

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
