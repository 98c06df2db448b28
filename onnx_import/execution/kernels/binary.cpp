#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <type_traits>
#include <utility>
#include <vector>

#include "onnx_import/execution/kernel.h"
#include "onnx_import/execution/strided_walk.h"
#include "onnx_import/lowering/broadcast.h"
#include "onnx_import/operator_graph/element_types.h"

// Operators on several inputs, broadcast together. Integers wrap around in their type.

namespace mensa::onnx_import {
namespace {

using Integer = std::int64_t;

/// function(a, b) for each element of a result of shape `shape`, to which both are broadcast.
template <class Result, class A, class B, class Function>
std::vector<Result> combined(const std::vector<A>& a, const Shape& a_shape, const std::vector<B>& b,
                             const Shape& b_shape, const Shape& shape, const Function& function) {
  std::vector<Result> result(static_cast<std::size_t>(element_count(shape).value_or(0)));
  const StridedWalk<2> walk(shape,
                            {broadcast_strides(a_shape, shape), broadcast_strides(b_shape, shape)});
  const std::int64_t a_step = walk.step(0);
  const std::int64_t b_step = walk.step(1);
  walk.for_each_row([&](std::int64_t first, const std::array<std::int64_t, 2>& places) {
    Result* to = result.data() + first;
    const A* from_a = a.data() + places[0];
    const B* from_b = b.data() + places[1];
    for (std::int64_t i = 0; i < walk.row(); ++i) {
      to[i] = function(from_a[i * a_step], from_b[i * b_step]);
    }
  });
  return result;
}

template <class Result, class T, class Function>
std::vector<Result> combined_pair(KernelContext& node, const std::vector<T>& a,
                                  const std::vector<T>& b, const Function& function) {
  return combined<Result>(a, node.shape(0), b, node.shape(1), node.output_shape(0), function);
}

Integer wrap(std::uint64_t value) { return static_cast<Integer>(value); }

struct Plus {
  float operator()(float a, float b) const { return a + b; }
  Integer operator()(Integer a, Integer b) const {
    return wrap(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
  }
};
struct Minus {
  float operator()(float a, float b) const { return a - b; }
  Integer operator()(Integer a, Integer b) const {
    return wrap(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
  }
};
struct Times {
  float operator()(float a, float b) const { return a * b; }
  Integer operator()(Integer a, Integer b) const {
    return wrap(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
  }
};
struct Over {
  float operator()(float a, float b) const { return a / b; }
  /// Towards zero.
  Integer operator()(Integer a, Integer b) const {
    if (b == 0) TypeContext::fail("divides an integer by 0");
    return b == -1 ? wrap(-static_cast<std::uint64_t>(a)) : a / b;
  }
};
struct Least {
  float operator()(float a, float b) const { return std::isnan(a) || a < b ? a : b; }
  Integer operator()(Integer a, Integer b) const { return std::min(a, b); }
};
struct Most {
  float operator()(float a, float b) const { return std::isnan(a) || a > b ? a : b; }
  Integer operator()(Integer a, Integer b) const { return std::max(a, b); }
};

void wrap_all(std::vector<float>& /*values*/, models::ElementType /*type*/) {}
void wrap_all(std::vector<Integer>& values, models::ElementType type) {
  for (Integer& value : values) value = wrapped(value, type);
}

/// Of all inputs one after the other; T is float or Integer.
template <class T, class Function>
std::vector<T> fold(KernelContext& node) {
  const auto operand = [&](std::size_t i) -> const std::vector<T>& {
    return std::get<std::vector<T>>(node.input(i));
  };
  std::vector<T> result = operand(0);
  Shape shape = node.shape(0);
  for (std::size_t i = 1; i < node.types().input_count(); ++i) {
    const auto wider = broadcast_shape(shape, node.shape(i));
    if (!wider) TypeContext::fail("its inputs do not broadcast");
    result = combined<T>(result, shape, operand(i), node.shape(i), *wider, Function{});
    wrap_all(result, node.output(0).type);
    shape = *wider;
  }
  return result;
}

template <class Function>
void execute_arithmetic(KernelContext& node) {
  if (is_float(node.output(0).type)) return node.set(0, fold<float, Function>(node));
  node.set(0, fold<Integer, Function>(node));
}

void execute_mean(KernelContext& node) {
  std::vector<float> result = fold<float, Plus>(node);
  const auto count = static_cast<float>(node.types().input_count());
  for (float& x : result) x /= count;
  node.set(0, std::move(result));
}

/// For integers too in double precision: exact up to 2^53, the ends of 64 bits beyond.
double as_double(float x) { return x; }
double as_double(Integer x) { return static_cast<double>(x); }

Integer saturated_integer(double x) {
  if (std::isnan(x)) return 0;
  if (x >= 0x1p63) return std::numeric_limits<Integer>::max();
  return x <= -0x1p63 ? std::numeric_limits<Integer>::min() : static_cast<Integer>(x);
}

void execute_power(KernelContext& node) {
  std::visit(
      [&](const auto& base, const auto& exponent) {
        const bool floats = is_float(node.output(0).type);
        const auto raised = [](auto a, auto b) { return std::pow(as_double(a), as_double(b)); };
        const Shape& shape = node.output_shape(0);
        if (floats) {
          return node.set(
              0, combined<float>(base, node.shape(0), exponent, node.shape(1), shape,
                                 [&](auto a, auto b) { return static_cast<float>(raised(a, b)); }));
        }
        auto result =
            combined<Integer>(base, node.shape(0), exponent, node.shape(1), shape,
                              [&](auto a, auto b) { return saturated_integer(raised(a, b)); });
        wrap_all(result, node.output(0).type);
        node.set(0, std::move(result));
      },
      node.input(0), node.input(1));
}

/// The sign of the result is that of the divisor (as in Python), or with `fmod` of the dividend.
void execute_modulo(KernelContext& node) {
  const bool like_c = node.attributes().integer_or("fmod", 0) != 0;
  if (is_float(node.output(0).type)) {
    return node.set(0, combined_pair<float>(node, node.floats(0), node.floats(1),
                                            [](float a, float b) { return std::fmod(a, b); }));
  }
  node.set(0, combined_pair<Integer>(
                  node, node.integers(0), node.integers(1), [&](Integer a, Integer b) {
                    if (b == 0) TypeContext::fail("divides an integer by 0");
                    if (b == -1) return Integer{0};
                    const Integer rest = a % b;
                    const bool turn = !like_c && rest != 0 && (rest < 0) != (b < 0);
                    return turn ? rest + b : rest;
                  }));
}

/// Of two inputs of one kind; the results are bools.
template <class Function>
void execute_compare(KernelContext& node) {
  std::visit(
      [&](const auto& a) {
        using Operand = std::decay_t<decltype(a)>;
        const auto* b = std::get_if<Operand>(&node.input(1));
        if (b == nullptr) TypeContext::fail("its inputs differ in kind");
        node.set(0, combined_pair<Integer>(node, a, *b, [](auto x, auto y) {
                   return Integer{Function{}(x, y) ? 1 : 0};
                 }));
      },
      node.input(0));
}

struct LogicalXor {
  bool operator()(Integer a, Integer b) const { return (a != 0) != (b != 0); }
};
template <class Function>
void execute_combine_bools(KernelContext& node) {
  node.set(
      0, combined_pair<Integer>(node, node.integers(0), node.integers(1), [](Integer a, Integer b) {
        return Integer{Function{}(a, b) ? 1 : 0};
      }));
}

/// Up to operator set 6 one slope for each channel lay on axis 1.
void execute_prelu(KernelContext& node) {
  Shape slope = node.shape(1);
  const Shape& data = node.shape(0);
  if (broadcast_shape(data, slope) != data) slope.resize(data.size() - 1, 1);
  node.set(0, combined<float>(node.floats(0), data, node.floats(1), slope, data,
                              [](float x, float a) { return x < 0 ? a * x : x; }));
}

template <class T>
void choose(KernelContext& node, const std::vector<T>& yes) {
  const auto* no = std::get_if<std::vector<T>>(&node.input(2));
  if (no == nullptr) TypeContext::fail("its inputs differ in kind");
  const Shape& shape = node.output_shape(0);
  const auto& condition = node.integers(0);
  const StridedWalk<3> walk(
      shape, {broadcast_strides(node.shape(0), shape), broadcast_strides(node.shape(1), shape),
              broadcast_strides(node.shape(2), shape)});
  std::vector<T> result(node.output_size(0));
  walk.for_each_row([&](std::int64_t first, const std::array<std::int64_t, 3>& places) {
    for (std::int64_t i = 0; i < walk.row(); ++i) {
      const bool chosen = condition[static_cast<std::size_t>(places[0] + i * walk.step(0))] != 0;
      result[static_cast<std::size_t>(first + i)] =
          chosen ? yes[static_cast<std::size_t>(places[1] + i * walk.step(1))]
                 : (*no)[static_cast<std::size_t>(places[2] + i * walk.step(2))];
    }
  });
  node.set(0, std::move(result));
}

void execute_where(KernelContext& node) {
  std::visit([&](const auto& yes) { choose(node, yes); }, node.input(1));
}

}  // namespace

std::vector<Kernel> binary_kernels() {
  return {{"Add", execute_arithmetic<Plus>},
          {"Sub", execute_arithmetic<Minus>},
          {"Mul", execute_arithmetic<Times>},
          {"Div", execute_arithmetic<Over>},
          {"Sum", execute_arithmetic<Plus>},
          {"Min", execute_arithmetic<Least>},
          {"Max", execute_arithmetic<Most>},
          {"Mean", execute_mean, check_floats},
          {"Pow", execute_power},
          {"Mod", execute_modulo},
          {"PRelu", execute_prelu, check_floats},
          {"Where", execute_where},
          {"Equal", execute_compare<std::equal_to<>>},
          {"Less", execute_compare<std::less<>>},
          {"LessOrEqual", execute_compare<std::less_equal<>>},
          {"Greater", execute_compare<std::greater<>>},
          {"GreaterOrEqual", execute_compare<std::greater_equal<>>},
          {"And", execute_combine_bools<std::logical_and<>>},
          {"Or", execute_combine_bools<std::logical_or<>>},
          {"Xor", execute_combine_bools<LogicalXor>}};
}

}  // namespace mensa::onnx_import
