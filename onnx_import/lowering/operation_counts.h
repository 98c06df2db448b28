#pragma once

#include <cstdint>
#include <string_view>

// Operations per output element of vector work: the one place that says what each operator costs.
//
// A vector unit does one addition, multiplication, comparison or selection per lane and cycle, and
// evaluates transcendental functions piecewise: find the segment (1), look up slope and offset (1),
// multiply (1), add (1), as edge accelerators' tables do. Counts are conventions of mensa, not
// measurements: they order operators by weight, and vector work is small beside MACs.

namespace mensa::onnx_import {

inline constexpr std::int64_t kCompare = 1;     ///< Relu: the larger of x and 0
inline constexpr std::int64_t kClip = 2;        ///< two comparisons
inline constexpr std::int64_t kLeakyRelu = 2;   ///< multiply, select
inline constexpr std::int64_t kTable = 4;       ///< Sigmoid, Tanh, exp, power: piecewise linear
inline constexpr std::int64_t kArithmetic = 1;  ///< Add, Sub, Mul, Div, Equal: per pair of operands
inline constexpr std::int64_t kCast = 1;
/// Batch norm with mean and variance folded: multiply, add. One where the scale is in the weights.
inline constexpr std::int64_t kBatchNorm = 2;
/// Maximum; x - maximum; exp counted as one table look-up, since its range is fixed; sum; divide.
inline constexpr std::int64_t kSoftmax = 5;

/// Pooling: one operation for each position of the window. An average's division by the size is
/// folded into requantization.
[[nodiscard]] constexpr std::int64_t pooling_operations(std::int64_t positions) {
  return positions;
}

/// Local response normalisation over `size` channels: square, sum of `size`, scale and add a
/// constant, power by table, multiply.
[[nodiscard]] constexpr std::int64_t lrn_operations(std::int64_t size) {
  return 1 + size + 2 + kTable + 1;
}

/// An LSTM cell for each hidden element: input and hidden products are added (4), sigmoid for three
/// gates and tanh for the candidate, new cell state (2 multiplications, 1 addition), tanh of it,
/// output (1). Biases add 8 (ONNX has two for each gate), peepholes 6 (3 multiplications, 3
/// additions).
[[nodiscard]] constexpr std::int64_t lstm_operations(bool biases, bool peepholes) {
  return 4 + 5 * kTable + 4 + (biases ? 8 : 0) + (peepholes ? 6 : 0);
}

}  // namespace mensa::onnx_import
