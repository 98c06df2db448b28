#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "onnx_import/execution/kernel.h"
#include "onnx_import/execution/window_positions.h"
#include "onnx_import/lowering/convolution.h"

namespace mensa::onnx_import {
namespace {

/// Adds one input channel to one output channel. The window is that of a convolution from the
/// output to the input: what it would read there is written to.
void add_transposed_channel(const Window3d& window, const float* input, const float* weights,
                            float* output) {
  const auto& [depth, height, width] = window;
  for (std::int64_t kz = 0; kz < depth.kernel; ++kz) {
    const Range z = outputs_reading(depth, kz);
    for (std::int64_t ky = 0; ky < height.kernel; ++ky) {
      const Range y = outputs_reading(height, ky);
      for (std::int64_t kx = 0; kx < width.kernel; ++kx) {
        const float weight = *weights++;
        const Range x = outputs_reading(width, kx);
        for (std::int64_t iz = z.begin; iz < z.end; ++iz) {
          for (std::int64_t iy = y.begin; iy < y.end; ++iy) {
            const float* from = input + (iz * height.output + iy) * width.output;
            float* to =
                output +
                (input_at(depth, iz, kz) * height.input + input_at(height, iy, ky)) * width.input;
            for (std::int64_t ix = x.begin; ix < x.end; ++ix) {
              to[input_at(width, ix, kx)] += weight * from[ix];
            }
          }
        }
      }
    }
  }
}

void execute_conv_transpose(KernelContext& node) {
  const Shape& data = node.shape(0);
  const Shape& weights = node.shape(1);  // [channels, filters / groups, kernel]
  Window3d window = window_3d(read_transposed_window(node.attributes(), data, kernel_of(weights)));
  for (WindowAxis& axis : window) std::swap(axis.input, axis.output);
  const std::int64_t groups = node.attributes().integer_or("group", 1);
  const std::int64_t channels = data[1] / groups;
  const std::int64_t filters = weights[1];
  const std::int64_t positions = inputs_of(window);
  std::vector<float> result(node.output_size(0), 0.0F);
  float* output = result.data();
  for (std::int64_t image = 0; image < data[0]; ++image) {
    for (std::int64_t filter = 0; filter < groups * filters; ++filter, output += positions) {
      if (node.has_input(kConvolutionBias)) {
        std::fill_n(output, positions,
                    node.floats(kConvolutionBias)[static_cast<std::size_t>(filter)]);
      }
      const std::int64_t first = filter / filters * channels;
      for (std::int64_t channel = first; channel < first + channels; ++channel) {
        const std::int64_t place = channel * filters + filter % filters;
        add_transposed_channel(
            window, node.floats(0).data() + (image * data[1] + channel) * outputs_of(window),
            node.floats(1).data() + place * kernel_positions(window), output);
      }
    }
  }
  node.set(0, std::move(result));
}

void check_conv_transpose(const TypeContext& node) {
  check_floats(node);
  if (node.attributes().has("channels_last")) TypeContext::unsupported("with channels last");
  if (node.shape(0).size() > 5) TypeContext::unsupported("over more than three axes");
}

}  // namespace

std::vector<Kernel> transposed_convolution_kernels() {
  return {{"ConvTranspose", execute_conv_transpose, check_conv_transpose}};
}

}  // namespace mensa::onnx_import
