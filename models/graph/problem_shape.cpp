#include "models/graph/problem_shape.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "models/base/error.h"
#include "models/base/units.h"
#include "models/base/words.h"

namespace mensa::models {
namespace {

constexpr base::Words<Dim, kDimCount> kDims("dimension",
                                            {"G", "N", "K", "C", "D", "P", "Q", "T", "R", "S"});
constexpr std::int64_t kMostElements = std::int64_t{1} << 53;  // exact in a double

/// Integers x in [begin, begin + count) with offset + x * step in [0, size).
std::int64_t count_in_range(std::int64_t offset, std::int64_t step, std::int64_t begin,
                            std::int64_t count, std::int64_t size) {
  const std::int64_t first = offset >= 0 ? 0 : base::ceil_div(-offset, step);
  const std::int64_t end = offset >= size ? 0 : base::ceil_div(size - offset, step);
  return std::max<std::int64_t>(0, std::min(begin + count, end) - std::max(begin, first));
}

}  // namespace

std::string_view to_string(Dim dim) { return kDims.of(dim); }

Dim dim_from_string(std::string_view name) { return kDims.value_of(name); }

std::string_view to_string(MacOperand operand) {
  constexpr std::array<std::string_view, kMacOperandCount> kNames = {"weights", "inputs",
                                                                     "outputs"};
  return kNames[index(operand)];
}

std::int64_t ProblemShape::macs() const {
  return std::accumulate(bounds.begin(), bounds.end(), std::int64_t{1}, std::multiplies<>());
}

std::int64_t ProblemShape::elements(MacOperand operand) const {
  std::int64_t product = 1;
  if (operand == MacOperand::kInputs) {
    product = bound(Dim::G) * bound(Dim::N) * bound(Dim::C);
    for (std::size_t axis = 0; axis < kSlidingAxes.size(); ++axis) {
      product *=
          touched(axis, 0, bound(kSlidingAxes[axis].output), 0, bound(kSlidingAxes[axis].kernel));
    }
    return product;
  }
  for (const Dim dim : kAllDims) {
    if (is_relevant(operand, dim)) product *= bound(dim);
  }
  return product;
}

std::int64_t ProblemShape::touched(std::size_t axis, std::int64_t output_begin,
                                   std::int64_t output_count, std::int64_t kernel_begin,
                                   std::int64_t kernel_count) const {
  const std::int64_t size = input_size[axis];
  const std::int64_t step = stride[axis];
  const std::int64_t spread = dilation[axis];
  if (output_count <= 0 || kernel_count <= 0) return 0;
  // Positions o * step + k * spread - pad. Split outputs and kernels by the period after which two
  // pairs meet: (o + spread / g, k) and (o, k + step / g) touch the same position, g = gcd.
  const std::int64_t common = std::gcd(step, spread);
  const std::int64_t kernel_period = step / common;
  const std::int64_t output_period = spread / common;
  // Two pairs meet only if the kernel spans a period and the outputs span one as well.
  if (kernel_count <= kernel_period || output_count <= output_period) {
    // All pairs are distinct: count pairs in range, along the shorter side.
    std::int64_t total = 0;
    if (kernel_count <= output_count) {
      for (std::int64_t k = kernel_begin; k < kernel_begin + kernel_count; ++k) {
        total +=
            count_in_range(k * spread - pad_begin[axis], step, output_begin, output_count, size);
      }
    } else {
      for (std::int64_t o = output_begin; o < output_begin + output_count; ++o) {
        total +=
            count_in_range(o * step - pad_begin[axis], spread, kernel_begin, kernel_count, size);
      }
    }
    return total;
  }
  // Every position has exactly one pair whose output cannot be lowered by output_period while
  // raising the kernel by kernel_period: pairs with k in the last kernel_period kernels, or o among
  // the first output_period outputs. Count those.
  std::int64_t total = 0;
  const std::int64_t kernel_end = kernel_begin + kernel_count;
  for (std::int64_t k = kernel_end - kernel_period; k < kernel_end; ++k) {
    total += count_in_range(k * spread - pad_begin[axis], step, output_begin, output_count, size);
  }
  for (std::int64_t o = output_begin; o < output_begin + output_period; ++o) {
    total += count_in_range(o * step - pad_begin[axis], spread, kernel_begin,
                            kernel_count - kernel_period, size);
  }
  return total;
}

void ProblemShape::check(std::string_view context) const {
  const auto fail = [&](const std::string& what) {
    throw base::Error(base::SourceLocation{}, context, what);
  };
  for (const Dim dim : kAllDims) {
    if (bound(dim) < 1) {
      fail(
          fmt::format("bound {} is {}; it must be at least 1", models::to_string(dim), bound(dim)));
    }
  }
  for (std::size_t axis = 0; axis < kSlidingAxes.size(); ++axis) {
    constexpr std::int64_t kMostWindow = std::int64_t{1} << 31;
    if (stride[axis] < 1 || dilation[axis] < 1 || input_size[axis] < 1 || pad_begin[axis] < 0) {
      fail("stride, dilation and input size must be at least 1 and padding at least 0");
    }
    if (stride[axis] > kMostWindow || dilation[axis] > kMostWindow ||
        pad_begin[axis] > kMostWindow || input_size[axis] > kMostWindow) {
      fail("stride, dilation, padding and input size must stay below 2^31");
    }
  }
  for (const SlidingAxis& axis : kSlidingAxes) {
    constexpr std::int64_t kMostKernel = std::int64_t{1} << 20;
    if (bound(axis.kernel) > kMostKernel) {
      fail(fmt::format("kernel extent {} is {}; at most {} is supported",
                       models::to_string(axis.kernel), bound(axis.kernel), kMostKernel));
    }
  }
  const auto product_fits = [&](auto&& chosen) {
    std::int64_t product = 1;
    for (const Dim dim : kAllDims) {
      if (!chosen(dim)) continue;
      if (bound(dim) > kMostElements / product) return false;
      product *= bound(dim);
    }
    return true;
  };
  if (!product_fits([](Dim) { return true; })) fail("the layer has more than 2^53 MACs");
}

std::string ProblemShape::to_string() const {
  std::string text;
  for (const Dim dim : kAllDims) {
    if (bound(dim) != 1) text += fmt::format("{}={} ", models::to_string(dim), bound(dim));
  }
  const auto window = [&](std::string_view name, const std::array<std::int64_t, 3>& value) {
    if (value == std::array<std::int64_t, 3>{1, 1, 1}) return;
    text += value[0] == 1 ? fmt::format("{}={}x{} ", name, value[1], value[2])
                          : fmt::format("{}={}x{}x{} ", name, value[0], value[1], value[2]);
  };
  window("stride", stride);
  window("dilation", dilation);
  if (text.empty()) return "scalar";
  text.pop_back();
  return text;
}

ProblemShape gemm_shape(std::int64_t rows, std::int64_t columns, std::int64_t inner) {
  ProblemShape shape;
  shape.bounds[index(Dim::P)] = rows;
  shape.bounds[index(Dim::K)] = columns;
  shape.bounds[index(Dim::C)] = inner;
  shape.input_size = {1, rows, 1};
  return shape;
}

}  // namespace mensa::models
