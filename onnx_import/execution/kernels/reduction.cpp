#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "onnx_import/execution/kernel.h"
#include "onnx_import/execution/strided_walk.h"
#include "onnx_import/lowering/reduced_axes.h"
#include "onnx_import/operator_graph/element_types.h"

// Reduce*: floats are summed in double precision, integers wrap around.

namespace mensa::onnx_import {
namespace {

/// Elements of the result from one element of the input to the next: 0 along reduced axes.
Strides result_strides(const KernelContext& node) {
  const Shape& data = node.shape(0);
  const auto reduced = reduced_axes(node.types());
  Strides strides(data.size(), 0);
  std::int64_t step = 1;
  for (std::size_t axis = data.size(); axis-- > 0;) {
    if (reduced[axis]) continue;
    strides[axis] = step;
    step *= data[axis];
  }
  return strides;
}

/// function(sum, x) for each element, where the sums start with `start`.
template <class Sum, class T, class Function>
void accumulate(KernelContext& node, const std::vector<T>& from, std::vector<Sum>& sums,
                const Function& function) {
  const StridedWalk<1> walk(node.shape(0), {result_strides(node)});
  const std::int64_t step = walk.step(0);
  walk.for_each_row([&](std::int64_t first, const std::array<std::int64_t, 1>& places) {
    const T* x = from.data() + first;
    Sum* sum = sums.data() + places[0];
    for (std::int64_t i = 0; i < walk.row(); ++i) function(sum[i * step], x[i]);
  });
}

/// How a reduction of floats starts, takes an element in, and ends; `count` elements make one sum.
struct ReduceSum {
  static constexpr double kStart = 0;
  static void add(double& sum, double x) { sum += x; }
  static double end(double sum, double /*count*/) { return sum; }
};
struct ReduceMean : ReduceSum {
  static double end(double sum, double count) { return sum / count; }
};
struct ReduceLogSum : ReduceSum {
  static double end(double sum, double /*count*/) { return std::log(sum); }
};
struct ReduceL1 : ReduceSum {
  static void add(double& sum, double x) { sum += std::abs(x); }
};
struct ReduceSumSquare : ReduceSum {
  static void add(double& sum, double x) { sum += x * x; }
};
struct ReduceL2 : ReduceSumSquare {
  static double end(double sum, double /*count*/) { return std::sqrt(sum); }
};
struct ReduceProduct : ReduceSum {
  static constexpr double kStart = 1;
  static void add(double& sum, double x) { sum *= x; }
};
struct ReduceMax : ReduceSum {
  static constexpr double kStart = -std::numeric_limits<double>::infinity();
  static void add(double& sum, double x) { sum = std::max(sum, x); }
};
struct ReduceMin : ReduceSum {
  static constexpr double kStart = std::numeric_limits<double>::infinity();
  static void add(double& sum, double x) { sum = std::min(sum, x); }
};

template <class Reduction>
void execute_reduce(KernelContext& node) {
  const std::vector<float>& from = node.floats(0);
  std::vector<double> sums(node.output_size(0), Reduction::kStart);
  accumulate(node, from, sums, [](double& sum, float x) { Reduction::add(sum, x); });
  const double count = static_cast<double>(from.size()) / static_cast<double>(sums.size());
  std::vector<float> result(sums.size());
  std::transform(sums.begin(), sums.end(), result.begin(),
                 [&](double sum) { return static_cast<float>(Reduction::end(sum, count)); });
  node.set(0, std::move(result));
}

/// Relative to the largest element, so that no exponential overflows.
void execute_reduce_log_sum_exp(KernelContext& node) {
  struct Exponentials {
    double most = ReduceMax::kStart;
    double sum = 0;
  };
  std::vector<Exponentials> sums(node.output_size(0));
  accumulate(node, node.floats(0), sums,
             [](Exponentials& sum, float x) { ReduceMax::add(sum.most, x); });
  accumulate(node, node.floats(0), sums, [](Exponentials& sum, float x) {
    // Where all are -infinity so is the result.
    sum.sum += std::isinf(sum.most) ? (x == sum.most ? 1.0 : 0.0) : std::exp(x - sum.most);
  });
  std::vector<float> result(sums.size());
  std::transform(sums.begin(), sums.end(), result.begin(), [](const Exponentials& sum) {
    return static_cast<float>(sum.most + std::log(sum.sum));
  });
  node.set(0, std::move(result));
}

template <std::int64_t kStart, class Function>
void reduce_integers(KernelContext& node, const Function& function) {
  std::vector<std::int64_t> sums(node.output_size(0), kStart);
  accumulate(node, node.integers(0), sums, function);
  for (std::int64_t& sum : sums) sum = wrapped(sum, node.output(0).type);
  node.set(0, std::move(sums));
}

void execute_reduce_sum(KernelContext& node) {
  if (is_float(node.output(0).type)) return execute_reduce<ReduceSum>(node);
  reduce_integers<0>(node, [](std::int64_t& sum, std::int64_t x) {
    sum =
        static_cast<std::int64_t>(static_cast<std::uint64_t>(sum) + static_cast<std::uint64_t>(x));
  });
}

void execute_reduce_max(KernelContext& node) {
  if (is_float(node.output(0).type)) return execute_reduce<ReduceMax>(node);
  reduce_integers<std::numeric_limits<std::int64_t>::min()>(
      node, [](std::int64_t& sum, std::int64_t x) { sum = std::max(sum, x); });
}

void execute_reduce_min(KernelContext& node) {
  if (is_float(node.output(0).type)) return execute_reduce<ReduceMin>(node);
  reduce_integers<std::numeric_limits<std::int64_t>::max()>(
      node, [](std::int64_t& sum, std::int64_t x) { sum = std::min(sum, x); });
}

/// The place of the largest (or smallest) element along one axis: the first of equal ones, or the
/// last by select_last_index.
template <bool kLargest>
void execute_arg(KernelContext& node) {
  const Shape& data = node.shape(0);
  const std::size_t axis =
      node.types().checked_axis(node.attributes().integer_or("axis", 0), data.size());
  const bool last = node.attributes().integer_or("select_last_index", 0) != 0;
  const auto inner = static_cast<std::size_t>(row_major_strides(data)[axis]);
  const auto extent = static_cast<std::size_t>(data[axis]);
  std::vector<std::int64_t> result(node.output_size(0));
  std::visit(
      [&](const auto& from) {
        for (std::size_t i = 0; i < result.size(); ++i) {
          const std::size_t first = i / inner * extent * inner + i % inner;
          std::size_t best = 0;
          for (std::size_t j = 1; j < extent; ++j) {
            const auto x = from[first + j * inner];
            const auto held = from[first + best * inner];
            const bool better = kLargest ? x > held : x < held;
            if (better || (last && x == held)) best = j;
          }
          result[i] = static_cast<std::int64_t>(best);
        }
      },
      node.input(0));
  node.set(0, std::move(result));
}

}  // namespace

std::vector<Kernel> reduction_kernels() {
  return {{"ReduceSum", execute_reduce_sum},
          {"ReduceMax", execute_reduce_max},
          {"ReduceMin", execute_reduce_min},
          {"ReduceMean", execute_reduce<ReduceMean>, check_floats},
          {"ReduceProd", execute_reduce<ReduceProduct>, check_floats},
          {"ReduceL1", execute_reduce<ReduceL1>, check_floats},
          {"ReduceL2", execute_reduce<ReduceL2>, check_floats},
          {"ReduceSumSquare", execute_reduce<ReduceSumSquare>, check_floats},
          {"ReduceLogSum", execute_reduce<ReduceLogSum>, check_floats},
          {"ReduceLogSumExp", execute_reduce_log_sum_exp, check_floats},
          {"ArgMax", execute_arg<true>},
          {"ArgMin", execute_arg<false>}};
}

}  // namespace mensa::onnx_import
