#pragma once

#include "onnx_import/draft/draft.h"

// A quantized model has a step from integers before each operator and a step to integers behind it
// (QuantizeLinear, DequantizeLinear: "QDQ"). Accelerators compute on the integers themselves;
// scales and zero points are part of how a result is written, as in models whose operators take
// integers (QLinearConv). Weights are integers already: constants keep the type that the file has.

namespace mensa::onnx_import {

/// Before layers are fused:
/// - steps from integers go behind, and steps to integers before, layers that only move or select
///   elements, which then move integers;
/// - vector and move layers whose float inputs all come from such steps, and whose result goes to
///   one, read and write the integers (their IntegerForm allowing).
void place_integer_steps(Draft& draft);

/// After it: products whose operands are all integers, or come from steps, read the integers. A
/// step to integers in the epilogue is then part of writing the result and takes no operation;
/// where there is none, accumulators are scaled to floats, one operation for each element, with the
/// scales of the weights as parameters. Products of floats with weights of few bits are scaled
/// likewise. Scales of blocks are applied to each block's sum, whatever the result is. The same
/// goes for vector layers that had followers to take.
void finish_integer_kernels(Draft& draft);

}  // namespace mensa::onnx_import
