#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
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

/// Adds one kernel position of one channel, times its weight, to all outputs that read it; padding
/// adds nothing.
template <class Number>
void add_shifted(const Window3d& window, const std::array<std::int64_t, 3>& k, const Number* input,
                 Number weight, Number* output) {
  const auto& [depth, height, width] = window;
  const Range z = outputs_reading(depth, k[0]);
  const Range y = outputs_reading(height, k[1]);
  const Range x = outputs_reading(width, k[2]);
  for (std::int64_t oz = z.begin; oz < z.end; ++oz) {
    for (std::int64_t oy = y.begin; oy < y.end; ++oy) {
      const std::int64_t in_row =
          (input_at(depth, oz, k[0]) * height.input + input_at(height, oy, k[1])) * width.input;
      const Number* from = input + in_row + input_at(width, 0, k[2]);
      Number* to = output + (oz * height.output + oy) * width.output;
      const std::int64_t stride = width.stride;
      if (stride == 1) {
        for (std::int64_t ox = x.begin; ox < x.end; ++ox) to[ox] += weight * from[ox];
      } else {
        for (std::int64_t ox = x.begin; ox < x.end; ++ox) to[ox] += weight * from[ox * stride];
      }
    }
  }
}

/// Calls `visit` with each position of the kernel, in the order in which weights stand.
template <class Visit>
void for_each_kernel_position(const Window3d& window, const Visit& visit) {
  std::array<std::int64_t, 3> k{};
  for (k[0] = 0; k[0] < window[0].kernel; ++k[0]) {
    for (k[1] = 0; k[1] < window[1].kernel; ++k[1]) {
      for (k[2] = 0; k[2] < window[2].kernel; ++k[2]) visit(std::as_const(k));
    }
  }
}

}  // namespace mensa::onnx_import
