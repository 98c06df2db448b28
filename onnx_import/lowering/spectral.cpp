#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>

#include "onnx_import/lowering/lowering.h"
#include "onnx_import/operator_graph/limits.h"

namespace mensa::onnx_import {
namespace {

std::int64_t single_length(const TypeContext& node, std::size_t input, const char* what) {
  const auto& values = node.integers(input, what);
  if (values.size() == 1 && values[0] >= 1 && values[0] <= kMostElements) return values[0];
  TypeContext::fail(
      fmt::format("its {} is [{}]; one length is needed", what, fmt::join(values, ", ")));
}

/// Radix 2: 5 N log2 N operations on reals for N complex points (the convention of FFT benchmarks;
/// Frigo and Johnson, FFTW). For each of the results, of which there are two for a point.
std::int64_t operations_per_result(std::int64_t length) {
  const auto log =
      std::bit_width(static_cast<std::uint64_t>(std::max<std::int64_t>(length, 2) - 1));
  return (5 * log + 1) / 2;
}

constexpr std::int64_t kFirstInputOpset = 20;

/// Attribute up to operator set 19, then an input. The last axis has the real and imaginary parts.
std::int64_t transformed_axis(const TypeContext& node) {
  if (node.opset() < kFirstInputOpset) return node.attributes().integer_or("axis", 1);
  if (!node.has_input(2)) return -2;
  const auto& values = node.integers(2, "axis");
  if (values.size() != 1) TypeContext::fail("its axis is no single integer");
  return values[0];
}

void infer_dft(TypeContext& node) {
  Shape shape = node.shape(0);
  const std::size_t axis = node.checked_axis(transformed_axis(node), shape.size());
  if (shape.size() < 2 || axis + 1 == shape.size()) {
    TypeContext::fail(fmt::format("cannot transform axis {} of {}", axis, fmt::join(shape, "x")));
  }
  if (node.has_input(1)) shape[axis] = single_length(node, 1, "DFT length");
  const bool one_sided = node.attributes().integer_or("onesided", 0) != 0;
  const bool inverse = node.attributes().integer_or("inverse", 0) != 0;
  if (one_sided && inverse) TypeContext::unsupported("the inverse of a one-sided transform");
  if (one_sided) shape[axis] = shape[axis] / 2 + 1;
  shape.back() = 2;
  node.set_output(0, node.input(0).type, std::move(shape));
}

void lower_dft(LayerContext& node) {
  const std::int64_t axis = node.node().opset < kFirstInputOpset
                                ? node.attributes().integer_or("axis", 1)
                            : node.has_input(2) ? node.input(2).integers->front()
                                                : -2;
  const Shape& data = node.shape(0);
  const std::int64_t length =
      node.has_input(1) ? node.input(1).integers->front()
                        : data[static_cast<std::size_t>(axis + (axis < 0 ? std::ssize(data) : 0))];
  node.add_vector_layer_of({0}, operations_per_result(length));
}

/// Signal [batch, length] or [batch, length, 1 or 2]; frames [batch, frames, bins, 2].
void infer_stft(TypeContext& node) {
  const Shape& signal = node.shape(0);
  if (signal.size() < 2) TypeContext::fail("its signal lacks a batch or a time axis");
  const std::int64_t step = single_length(node, 1, "frame step");
  std::int64_t frame = 0;
  if (node.has_input(3)) {
    frame = single_length(node, 3, "frame length");
  } else if (node.has_input(2) && node.shape(2).size() == 1) {
    frame = node.shape(2)[0];
  }
  if (frame < 1 || frame > signal[1]) {
    TypeContext::fail(fmt::format("frames of {} do not fit a signal of {}", frame, signal[1]));
  }
  const bool one_sided = node.attributes().integer_or("onesided", 1) != 0;
  const std::int64_t frames = (signal[1] - frame) / step + 1;
  node.set_output(0, node.input(0).type, {signal[0], frames, one_sided ? frame / 2 + 1 : frame, 2});
}

/// A transform of every frame, and a product with the window.
void lower_stft(LayerContext& node) {
  node.add_vector_layer_of({0}, operations_per_result(2 * node.output(0).shape[2]) + 1);
}

}  // namespace

Lowering spectral_lowering() {
  return {"", {{"DFT", infer_dft, lower_dft}, {"STFT", infer_stft, lower_stft}}};
}

}  // namespace mensa::onnx_import
