#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "onnx_import/execution/kernel.h"
#include "onnx_import/execution/window_positions.h"
#include "onnx_import/operator_graph/limits.h"

// Windows are clipped to the input: padding never counts among what is compared or summed.

namespace mensa::onnx_import {
namespace {

/// For each channel and window: `pool` gets the channel's elements and calls what it is given with
/// their positions; returns the result.
template <class T, class Pool>
std::vector<T> pooled(KernelContext& node, const std::vector<T>& from, const Window3d& window,
                      const Pool& pool) {
  std::vector<T> result;
  result.reserve(node.output_size(0));
  const auto& [depth, height, width] = window;
  const std::int64_t channels = node.shape(0)[0] * node.shape(0)[1];
  std::array<std::int64_t, 3> at{};
  for (std::int64_t channel = 0; channel < channels; ++channel) {
    const T* data = from.data() + channel * inputs_of(window);
    for (at[0] = 0; at[0] < depth.output; ++at[0]) {
      const Range z = kernel_inside(depth, at[0]);
      for (at[1] = 0; at[1] < height.output; ++at[1]) {
        const Range y = kernel_inside(height, at[1]);
        for (at[2] = 0; at[2] < width.output; ++at[2]) {
          const Range x = kernel_inside(width, at[2]);
          const auto for_each = [&](const auto& visit) {
            for (std::int64_t kz = z.begin; kz < z.end; ++kz) {
              for (std::int64_t ky = y.begin; ky < y.end; ++ky) {
                const std::int64_t row = (input_at(window[0], at[0], kz) * window[1].input +
                                          input_at(window[1], at[1], ky)) *
                                         window[2].input;
                for (std::int64_t kx = x.begin; kx < x.end; ++kx) {
                  visit(data[row + input_at(window[2], at[2], kx)]);
                }
              }
            }
          };
          const std::int64_t inside = (z.end - z.begin) * (y.end - y.begin) * (x.end - x.begin);
          result.push_back(pool(for_each, at, inside));
        }
      }
    }
  }
  return result;
}

void execute_max_pool(KernelContext& node) {
  const Window3d window = window_3d(read_window(node.attributes(), node.shape(0), {}));
  std::visit(
      [&](const auto& from) {
        using T = typename std::decay_t<decltype(from)>::value_type;
        node.set(0, pooled(node, from, window, [](const auto& for_each, const auto&, auto) {
                   T most = std::numeric_limits<T>::lowest();
                   for_each([&](T x) { most = std::max(most, x); });
                   return most;
                 }));
      },
      node.input(0));
}

/// Kernel positions over the input and its padding; what hangs over behind that does not count.
double with_padding(const WindowAxis& axis, std::int64_t output) {
  const std::int64_t room = axis.input + axis.pad_begin + axis.pad_end - output * axis.stride;
  return static_cast<double>(std::min(axis.kernel, (room + axis.dilation - 1) / axis.dilation));
}

void execute_average_pool(KernelContext& node) {
  const Window3d window = window_3d(read_window(node.attributes(), node.shape(0), {}));
  const bool padding_counts = node.attributes().integer_or("count_include_pad", 0) != 0;
  node.set(0, pooled(node, node.floats(0), window,
                     [&](const auto& for_each, const auto& at, std::int64_t inside) {
                       double sum = 0;
                       for_each([&](float x) { sum += x; });
                       auto count = static_cast<double>(inside);
                       if (padding_counts) {
                         count = with_padding(window[0], at[0]) * with_padding(window[1], at[1]) *
                                 with_padding(window[2], at[2]);
                       }
                       return static_cast<float>(count == 0 ? 0 : sum / count);
                     }));
}

void execute_lp_pool(KernelContext& node) {
  const Window3d window = window_3d(read_window(node.attributes(), node.shape(0), {}));
  const auto p = static_cast<double>(node.attributes().integer_or("p", 2));
  node.set(0, pooled(node, node.floats(0), window, [&](const auto& for_each, const auto&, auto) {
             double sum = 0;
             for_each([&](float x) { sum += std::pow(std::abs(double{x}), p); });
             return static_cast<float>(std::pow(sum, 1 / p));
           }));
}

/// One result of all elements of each channel.
template <class Pool>
void pool_channels(KernelContext& node, const Pool& pool) {
  const std::vector<float>& from = node.floats(0);
  const std::size_t results = node.output_size(0);
  const std::size_t size = results == 0 ? 0 : from.size() / results;
  std::vector<float> result;
  result.reserve(results);
  for (std::size_t i = 0; i < results; ++i) {
    const float* begin = from.data() + i * size;
    result.push_back(pool(begin, begin + size));
  }
  node.set(0, std::move(result));
}

void execute_global_max_pool(KernelContext& node) {
  pool_channels(node, [](const float* begin, const float* end) {
    float most = std::numeric_limits<float>::lowest();
    for (; begin != end; ++begin) most = std::max(most, *begin);
    return most;
  });
}

void execute_global_average_pool(KernelContext& node) {
  pool_channels(node, [](const float* begin, const float* end) {
    const auto count = static_cast<double>(end - begin);
    double sum = 0;
    for (; begin != end; ++begin) sum += *begin;
    return static_cast<float>(sum / count);
  });
}

void check_global(const TypeContext& node) {
  check_floats(node);
  if (node.attributes().has("channels_last")) TypeContext::unsupported("with channels last");
}

void check_max(const TypeContext& node) {
  if (node.attributes().has("channels_last")) TypeContext::unsupported("with channels last");
  if (node.shape(0).size() > 5) TypeContext::unsupported("over more than three axes");
  if (node.output_used(1)) TypeContext::unsupported("with the places of the maxima");
}

void check_window(const TypeContext& node) {
  check_max(node);
  check_floats(node);
}

/// Earlier roots were of any p; ONNX has none that are no integers since operator set 2.
void check_lp(const TypeContext& node) {
  check_window(node);
  if (node.attributes().integer_or("p", 2) < 1) TypeContext::fail("its p is less than 1");
}

}  // namespace

std::vector<Kernel> pooling_kernels() {
  return {{"MaxPool", execute_max_pool, check_max},
          {"AveragePool", execute_average_pool, check_window},
          {"LpPool", execute_lp_pool, check_lp},
          {"GlobalMaxPool", execute_global_max_pool, check_global},
          {"GlobalAveragePool", execute_global_average_pool, check_global}};
}

}  // namespace mensa::onnx_import
