#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "onnx_import/execution/kernel.h"

namespace mensa::onnx_import {
namespace {

/// A vector of each of `outer` x `inner`, with elements `inner` apart.
struct Vectors {
  std::int64_t outer = 1;
  std::int64_t extent = 1;
  std::int64_t inner = 1;
};

/// Up to operator set 12 all axes from `axis` on are one.
Vectors vectors_of(const KernelContext& node) {
  constexpr std::int64_t kFirstSingleAxisOpset = 13;
  const bool flattens = node.opset() < kFirstSingleAxisOpset;
  const Shape& shape = node.shape(0);
  std::int64_t axis = node.attributes().integer_or("axis", flattens ? 1 : -1);
  if (axis < 0) axis += std::ssize(shape);
  Vectors vectors;
  for (std::int64_t i = 0; i < std::ssize(shape); ++i) {
    const std::int64_t extent = shape[static_cast<std::size_t>(i)];
    if (i < axis) {
      vectors.outer *= extent;
    } else if (i == axis || flattens) {
      vectors.extent *= extent;
    } else {
      vectors.inner *= extent;
    }
  }
  return vectors;
}

/// Differences to the largest element, so that no exponential overflows; sums in double precision.
template <bool kLogarithm>
void execute_softmax(KernelContext& node) {
  std::vector<float> result = node.floats(0);
  const Vectors vectors = vectors_of(node);
  for (std::int64_t outer = 0; outer < vectors.outer; ++outer) {
    for (std::int64_t inner = 0; inner < vectors.inner; ++inner) {
      float* x = result.data() + outer * vectors.extent * vectors.inner + inner;
      const std::int64_t step = vectors.inner;
      float most = std::numeric_limits<float>::lowest();
      for (std::int64_t i = 0; i < vectors.extent; ++i) most = std::max(most, x[i * step]);
      double sum = 0;
      for (std::int64_t i = 0; i < vectors.extent; ++i) sum += std::exp(x[i * step] - most);
      const auto logarithm = static_cast<float>(std::log(sum));
      for (std::int64_t i = 0; i < vectors.extent; ++i) {
        float& element = x[i * step];
        element = kLogarithm ? element - most - logarithm
                             : static_cast<float>(std::exp(element - most) / sum);
      }
    }
  }
  node.set(0, std::move(result));
}

}  // namespace

std::vector<Kernel> softmax_kernels() {
  return {{"Softmax", execute_softmax<false>, check_floats},
          {"LogSoftmax", execute_softmax<true>, check_floats}};
}

}  // namespace mensa::onnx_import
