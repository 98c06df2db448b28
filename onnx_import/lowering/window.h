#pragma once

#include <cstdint>
#include <vector>

#include "onnx_import/operator_graph/attributes.h"

namespace mensa::onnx_import {

/// A sliding window over one spatial axis of a convolution or pooling.
struct WindowAxis {
  std::int64_t input = 1;
  std::int64_t kernel = 1;
  std::int64_t stride = 1;
  std::int64_t dilation = 1;
  std::int64_t pad_begin = 0;
  std::int64_t pad_end = 0;
  std::int64_t output = 1;
};

/// The window that a node's kernel_shape, strides, dilations, pads, auto_pad and ceil_mode describe
/// over the spatial axes of its input [batch, channels, ...]. `kernel` is that of the weights;
/// empty where only kernel_shape says it. Throws base::Error where the attributes do not fit
/// together or the window is larger than the padded input.
[[nodiscard]] std::vector<WindowAxis> read_window(const Attributes& attributes, const Shape& input,
                                                  const Shape& kernel);

/// The window of a MaxUnpool over its input: as many outputs on each axis as
/// (input - 1) stride + kernel - pads.
[[nodiscard]] std::vector<WindowAxis> read_upsampling_window(const Attributes& attributes,
                                                             const Shape& input);

/// The window of a ConvTranspose over its input, read the other way round: as many outputs on each
/// axis as its attributes say (output_shape; auto_pad; else (input - 1) stride + span +
/// output_padding - pads). pad_begin is what is cropped off the front.
[[nodiscard]] std::vector<WindowAxis> read_transposed_window(const Attributes& attributes,
                                                             const Shape& input,
                                                             const Shape& kernel);

/// The kernel of a convolution's weights, behind their axes of channels.
[[nodiscard]] Shape kernel_of(const Shape& weights);

/// Positions of the window's kernel: the product over the axes.
[[nodiscard]] std::int64_t kernel_size(const std::vector<WindowAxis>& window);

/// Shape of what the window leaves: batch, channels, and one output per position.
[[nodiscard]] Shape window_output(std::int64_t batch, std::int64_t channels,
                                  const std::vector<WindowAxis>& window);

/// [batch, ..., channels] as [batch, channels, ...], and the other way round.
[[nodiscard]] Shape channels_first(Shape shape);
[[nodiscard]] Shape channels_behind(Shape shape);

}  // namespace mensa::onnx_import
