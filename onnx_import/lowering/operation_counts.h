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
/// To integers of few bits: times the scale's reciprocal, plus the zero point; writing rounds and
/// clips, as it does for every result.
inline constexpr std::int64_t kQuantize = 2;
inline constexpr std::int64_t kDequantize = 2;  ///< minus the zero point, times the scale
/// With the scale of the values themselves: smallest and largest first.
inline constexpr std::int64_t kDynamicQuantize = 2 * kCompare + kQuantize;
/// Batch norm with mean and variance folded: multiply, add. One where the scale is in the weights.
inline constexpr std::int64_t kBatchNorm = 2;
/// Maximum; x - maximum; exp counted as one table look-up, since its range is fixed; sum; divide.
inline constexpr std::int64_t kSoftmax = 5;

/// Maximum, and a selection of where it is.
inline constexpr std::int64_t kHardmax = 2;
/// Floor, ceil, round, absolute value, sign, negation, not, tests for NaN: one instruction each.
inline constexpr std::int64_t kSimple = 1;
/// A smooth function of one variable however it is written (Gelu, Elu, Softplus, Mish, sin, sqrt,
/// ...) is one piecewise linear table.
inline constexpr std::int64_t kFunction = kTable;
inline constexpr std::int64_t kHardSigmoid = 4;      ///< multiply, add, two comparisons
inline constexpr std::int64_t kHardSwish = 5;        ///< the same, and times x
inline constexpr std::int64_t kThresholdedRelu = 2;  ///< compare, select
inline constexpr std::int64_t kShrink = 3;           ///< compare, add, select
inline constexpr std::int64_t kSelect = 1;           ///< Where
inline constexpr std::int64_t kModulo = 4;           ///< divide, round, multiply, subtract
/// Both operands vary: logarithm by table, multiply, exponential by table.
inline constexpr std::int64_t kPower = 2 * kTable + 1;

/// Reductions: operations for `each` element that goes in and once `per_result`.
struct Reduction {
  std::int64_t each = 1;
  std::int64_t per_result = 0;
};
inline constexpr Reduction kReduceSum = {1, 0};          ///< also of products, maxima, minima
inline constexpr Reduction kReduceMean = {1, 1};         ///< and a division
inline constexpr Reduction kReduceL1 = {2, 0};           ///< absolute value, add
inline constexpr Reduction kReduceSumSquare = {2, 0};    ///< multiply, add
inline constexpr Reduction kReduceL2 = {2, kTable};      ///< and a square root
inline constexpr Reduction kReduceLogSum = {1, kTable};  ///< and a logarithm
/// Maximum, subtract, exponential by table, add; logarithm by table, add.
inline constexpr Reduction kReduceLogSumExp = {3 + kTable, kTable + 1};

/// Interpolation from `taps` neighbours: each is multiplied by its weight and added.
[[nodiscard]] constexpr std::int64_t interpolation_operations(std::int64_t taps) {
  return 2 * taps;
}

/// Rotary position embedding: x cos + x' sin, where x' is the other half of a pair.
inline constexpr std::int64_t kRotation = 3;
/// Mean, difference from it, square, sum, times the inverse deviation. Root and reciprocal are once
/// for many elements.
inline constexpr std::int64_t kNormalize = 5;
/// Square, sum, times the inverse: root mean square, and norms.
inline constexpr std::int64_t kScaleByNorm = 3;

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

/// An LSTM cell for each hidden element: input and hidden products are added (4), `activations` for
/// the functions of three gates, the candidate and the cell state, new cell state (2
/// multiplications, 1 addition), output (1). Biases add 8 (ONNX has two for each gate), peepholes 6
/// (3 multiplications, 3 additions).
[[nodiscard]] constexpr std::int64_t lstm_operations(std::int64_t activations, bool biases,
                                                     bool peepholes) {
  return 4 + activations + 4 + (biases ? 8 : 0) + (peepholes ? 6 : 0);
}

/// Update and reset gates of a GRU: both products added (2), their function for each, and the
/// product with the reset gate. Biases add 4.
[[nodiscard]] constexpr std::int64_t gru_reset_operations(std::int64_t activation, bool biases) {
  return 2 + 2 * activation + 1 + (biases ? 4 : 0);
}

/// Candidate and new state of a GRU: both products added (1), its function, and
/// (1 - z) candidate + z h (4). Biases add 2.
[[nodiscard]] constexpr std::int64_t gru_update_operations(std::int64_t activation, bool biases) {
  return 1 + activation + 4 + (biases ? 2 : 0);
}

/// A plain recurrent cell: both products added, and its function. Biases add 2.
[[nodiscard]] constexpr std::int64_t rnn_operations(std::int64_t activation, bool biases) {
  return 1 + activation + (biases ? 2 : 0);
}

}  // namespace mensa::onnx_import
