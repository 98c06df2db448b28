#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "onnx_import/execution/kernel.h"
#include "onnx_import/execution/strided_walk.h"

// Statistics are taken in double precision.

namespace mensa::onnx_import {
namespace {

constexpr double kDefaultEpsilon = 1e-5;

double epsilon_of(const KernelContext& node) {
  return node.attributes().number_or("epsilon", kDefaultEpsilon);
}

/// Elements of one channel of an input [batch, channels, ...]; 1 where there are no channels, whose
/// elements nobody goes through.
std::size_t channel_size(const KernelContext& node) {
  const auto count = static_cast<std::size_t>(node.shape(0)[0] * node.shape(0)[1]);
  return count == 0 ? 1 : node.output_size(0) / count;
}

void execute_batch_normalization(KernelContext& node) {
  const double epsilon = epsilon_of(node);
  const std::size_t size = channel_size(node);
  const std::vector<float>& scales = node.floats(1);
  const std::vector<float>& shifts = node.floats(2);
  const std::vector<float>& means = node.floats(3);
  const std::vector<float>& variances = node.floats(4);
  std::vector<float> result = node.floats(0);
  for (std::size_t first = 0; first < result.size(); first += size) {
    const std::size_t channel = first / size % scales.size();
    const double factor = scales[channel] / std::sqrt(variances[channel] + epsilon);
    const double summand = shifts[channel] - means[channel] * factor;
    for (std::size_t i = first; i < first + size; ++i) {
      result[i] = static_cast<float>(result[i] * factor + summand);
    }
  }
  node.set(0, std::move(result));
}

/// (x - mean) / sqrt(variance + epsilon) of `size` elements; returns the mean and one over the
/// deviation.
std::pair<float, float> normalize(float* x, std::size_t size, double epsilon) {
  double sum = 0;
  for (std::size_t i = 0; i < size; ++i) sum += x[i];
  const double mean = sum / static_cast<double>(size);
  double squares = 0;
  for (std::size_t i = 0; i < size; ++i) squares += (x[i] - mean) * (x[i] - mean);
  const double factor = 1 / std::sqrt(squares / static_cast<double>(size) + epsilon);
  for (std::size_t i = 0; i < size; ++i) x[i] = static_cast<float>((x[i] - mean) * factor);
  return {static_cast<float>(mean), static_cast<float>(factor)};
}

void execute_instance_normalization(KernelContext& node) {
  const double epsilon = epsilon_of(node);
  const std::size_t size = channel_size(node);
  const std::vector<float>& scales = node.floats(1);
  const std::vector<float>& shifts = node.floats(2);
  std::vector<float> result = node.floats(0);
  for (std::size_t first = 0; first < result.size(); first += size) {
    // Either may be one for all channels.
    const float scale = scales[first / size % scales.size()];
    const float shift = shifts[first / size % shifts.size()];
    (void)normalize(result.data() + first, size, epsilon);
    for (std::size_t i = first; i < first + size; ++i) result[i] = result[i] * scale + shift;
  }
  node.set(0, std::move(result));
}

/// Over all axes from `axis` on, to which scale and shift are broadcast.
void execute_layer_normalization(KernelContext& node) {
  const Shape& data = node.shape(0);
  const std::size_t axis =
      node.types().checked_axis(node.attributes().integer_or("axis", -1), data.size());
  const Shape normalized(data.begin() + static_cast<std::ptrdiff_t>(axis), data.end());
  const auto size = static_cast<std::size_t>(element_count(normalized).value_or(0));
  const double epsilon = epsilon_of(node);
  std::vector<float> result = node.floats(0);
  std::vector<float> means;
  std::vector<float> factors;
  for (std::size_t first = 0; first < result.size(); first += size) {
    const auto [mean, factor] = normalize(result.data() + first, size, epsilon);
    means.push_back(mean);
    factors.push_back(factor);
  }
  const auto affine = [&](std::size_t input, const auto& function) {
    if (!node.has_input(input)) return;
    const std::vector<float>& operand = node.floats(input);
    const StridedWalk<1> walk(data, {broadcast_strides(node.shape(input), data)});
    walk.for_each_row([&](std::int64_t first, const std::array<std::int64_t, 1>& places) {
      for (std::int64_t i = 0; i < walk.row(); ++i) {
        function(result[static_cast<std::size_t>(first + i)],
                 operand[static_cast<std::size_t>(places[0] + i * walk.step(0))]);
      }
    });
  };
  affine(1, [](float& x, float scale) { x *= scale; });
  affine(2, [](float& x, float shift) { x += shift; });
  node.set(0, std::move(result));
  if (node.types().output_used(1)) node.set(1, std::move(means));
  if (node.types().output_used(2)) node.set(2, std::move(factors));
}

/// Each element is divided by a power of the sum of squares of its neighbours across channels.
void execute_local_response_normalization(KernelContext& node) {
  const Attributes& attributes = node.attributes();
  const double alpha = attributes.number_or("alpha", 1e-4);
  const double beta = attributes.number_or("beta", 0.75);
  const double bias = attributes.number_or("bias", 1);
  const std::int64_t neighbours = attributes.integer_or("size", 1);
  const std::int64_t channels = node.shape(0)[1];
  const auto size = static_cast<std::int64_t>(channel_size(node));
  const std::vector<float>& from = node.floats(0);
  std::vector<float> result(from.size());
  std::vector<double> squares;
  for (std::int64_t plane = 0; plane < node.shape(0)[0] * channels; ++plane) {
    const std::int64_t channel = plane % channels;
    const std::int64_t begin = std::max<std::int64_t>(0, channel - (neighbours - 1) / 2);
    const std::int64_t end = std::min(channels, channel + neighbours / 2 + 1);
    squares.assign(static_cast<std::size_t>(size), 0.0);
    for (std::int64_t other = begin; other < end; ++other) {
      const float* x = from.data() + (plane - channel + other) * size;
      for (std::int64_t i = 0; i < size; ++i) {
        squares[static_cast<std::size_t>(i)] += double{x[i]} * x[i];
      }
    }
    for (std::int64_t i = 0; i < size; ++i) {
      const auto at = static_cast<std::size_t>(plane * size + i);
      const double sum = squares[static_cast<std::size_t>(i)];
      result[at] = static_cast<float>(
          from[at] / std::pow(bias + alpha / static_cast<double>(neighbours) * sum, beta));
    }
  }
  node.set(0, std::move(result));
}

void check_channels(const TypeContext& node) {
  check_floats(node);
  if (node.shape(0).size() < 2) TypeContext::unsupported("of an input without channels");
}

}  // namespace

std::vector<Kernel> normalization_kernels() {
  return {{"BatchNormalization", execute_batch_normalization, check_channels},
          {"InstanceNormalization", execute_instance_normalization, check_channels},
          {"LayerNormalization", execute_layer_normalization, check_floats},
          {"LRN", execute_local_response_normalization, check_channels}};
}

}  // namespace mensa::onnx_import
