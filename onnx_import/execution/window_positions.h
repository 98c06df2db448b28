#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "onnx_import/lowering/window.h"

namespace mensa::onnx_import {

/// A window over depth, height and width; axes that a node does not have are of extent 1.
using Window3d = std::array<WindowAxis, 3>;

/// Of one to three axes.
inline Window3d window_3d(const std::vector<WindowAxis>& window) {
  Window3d axes;
  std::copy(window.begin(), window.end(), axes.end() - static_cast<std::ptrdiff_t>(window.size()));
  return axes;
}

inline std::int64_t inputs_of(const Window3d& window) {
  return window[0].input * window[1].input * window[2].input;
}
inline std::int64_t outputs_of(const Window3d& window) {
  return window[0].output * window[1].output * window[2].output;
}
inline std::int64_t kernel_positions(const Window3d& window) {
  return window[0].kernel * window[1].kernel * window[2].kernel;
}

/// Positions from `begin` to before `end`.
struct Range {
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

/// The input position that the window at `output` reads with its kernel position `k`.
inline std::int64_t input_at(const WindowAxis& axis, std::int64_t output, std::int64_t k) {
  return output * axis.stride + k * axis.dilation - axis.pad_begin;
}

/// The outputs whose kernel position `k` reads an input and no padding.
inline Range outputs_reading(const WindowAxis& axis, std::int64_t k) {
  const std::int64_t first = axis.pad_begin - k * axis.dilation;  // the input position 0
  const auto up = [&](std::int64_t distance) {
    return distance <= 0 ? 0 : (distance + axis.stride - 1) / axis.stride;
  };
  const std::int64_t begin = std::min(up(first), axis.output);
  return {begin, std::clamp(up(first + axis.input), begin, axis.output)};
}

/// The kernel positions at which the window at `output` reads an input and no padding.
inline Range kernel_inside(const WindowAxis& axis, std::int64_t output) {
  const std::int64_t first = axis.pad_begin - output * axis.stride;
  const auto up = [&](std::int64_t distance) {
    return distance <= 0 ? 0 : (distance + axis.dilation - 1) / axis.dilation;
  };
  const std::int64_t begin = std::min(up(first), axis.kernel);
  return {begin, std::clamp(up(first + axis.input), begin, axis.kernel)};
}

}  // namespace mensa::onnx_import
