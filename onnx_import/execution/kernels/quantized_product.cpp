#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "onnx_import/execution/kernel.h"
#include "onnx_import/execution/quantized_values.h"
#include "onnx_import/execution/strided_walk.h"
#include "onnx_import/execution/window_positions.h"
#include "onnx_import/lowering/product.h"
#include "onnx_import/operator_graph/limits.h"

// Products of integers of few bits. Zero points are taken off first; sums are exact in 64 bits and
// then wrapped to the 32 of ONNX, or scaled back to few.

namespace mensa::onnx_import {
namespace {

using Integers = std::vector<std::int64_t>;

/// Where a node has an operand's zero point and scale.
struct Operand {
  std::size_t data = 0;
  std::size_t zero_point = 0;
  std::optional<std::size_t> scale = std::nullopt;
};

struct ProductInputs {
  Operand a;
  Operand b;
  /// Scale and zero point of a result of few bits.
  std::optional<Operand> result = std::nullopt;
  std::optional<std::size_t> bias = std::nullopt;
};

constexpr ProductInputs kIntegerInputs{{0, 2}, {1, 3}};
constexpr ProductInputs kQLinearMatMulInputs{{0, 2, 1}, {3, 5, 4}, Operand{0, 7, 6}};
constexpr ProductInputs kQLinearConvInputs{{0, 2, 1}, {3, 5, 4}, Operand{0, 7, 6}, 8};

/// The operand without its zero point: one for all, or one for each index of `axis`.
Integers centred(const KernelContext& node, const Operand& operand, std::size_t axis) {
  Integers values = node.integers(operand.data);
  if (!node.has_input(operand.zero_point)) return values;
  const Integers& points = node.integers(operand.zero_point);
  const Shape& shape = node.shape(operand.data);
  std::int64_t inner = 1;
  for (std::size_t i = axis + 1; i < shape.size(); ++i) inner *= shape[i];
  const auto count = static_cast<std::int64_t>(points.size());
  std::int64_t at = 0;
  for (std::int64_t& value : values) {
    value -= points[static_cast<std::size_t>(count == 1 ? 0 : at / inner % count)];
    ++at;
  }
  return values;
}

float scale_at(const KernelContext& node, const Operand& operand, std::int64_t channel) {
  const std::vector<float>& scales = node.floats(*operand.scale);
  return scales[scales.size() == 1 ? 0 : static_cast<std::size_t>(channel)];
}

/// Sums as the result has them. `rows` and `columns` are of the sums' last two axes, of which the
/// factors' scales may be one each.
void set_result(KernelContext& node, const ProductInputs& inputs, Integers sums, std::int64_t rows,
                std::int64_t columns) {
  const models::ElementType type = node.output(0).type;
  std::int64_t at = 0;
  for (std::int64_t& sum : sums) {
    if (inputs.result) {
      const double scale = static_cast<double>(scale_at(node, inputs.a, at / columns % rows)) *
                           static_cast<double>(scale_at(node, inputs.b, at % columns)) /
                           static_cast<double>(scale_at(node, *inputs.result, 0));
      sum = quantized(static_cast<double>(sum) * scale,
                      node.integers(inputs.result->zero_point).front(), type);
    } else {
      sum = wrapped(sum, type);
    }
    ++at;
  }
  node.set(0, std::move(sums));
}

/// One scale and one zero point of the result.
void check_result(const TypeContext& node, const ProductInputs& inputs) {
  if (!inputs.result) return;
  for (const std::size_t place : {*inputs.result->scale, inputs.result->zero_point}) {
    if (!node.has_input(place) || element_count(node.shape(place)) != 1) {
      TypeContext::unsupported("with several scales or zero points of its result");
    }
  }
}

// --- matrices -----------------------------------------------------------------------------------

void add_matrix_product(const Product& product, const std::int64_t* a, const std::int64_t* b,
                        std::int64_t* result) {
  for (std::int64_t i = 0; i < product.rows; ++i) {
    for (std::int64_t k = 0; k < product.inner; ++k) {
      const std::int64_t factor = a[i * product.inner + k];
      for (std::int64_t j = 0; j < product.columns; ++j) {
        result[i * product.columns + j] += factor * b[k * product.columns + j];
      }
    }
  }
}

void multiply_integers(KernelContext& node, const ProductInputs& inputs) {
  Shape a = node.shape(inputs.a.data);
  Shape b = node.shape(inputs.b.data);
  const Product product = product_of(a, b);
  const Integers left = centred(node, inputs.a, a.size() < 2 ? 0 : a.size() - 2);
  const Integers right = centred(node, inputs.b, b.size() - 1);
  if (a.size() == 1) a.insert(a.begin(), 1);
  if (b.size() == 1) b.push_back(1);
  const std::size_t axes = std::max(a.size(), b.size()) - 2;
  const Shape batch(product.result.begin(),
                    product.result.begin() + static_cast<std::ptrdiff_t>(axes));
  Integers sums(node.output_size(0));
  const StridedWalk<2> walk(
      batch, {broadcast_strides(batch_axes(a), batch), broadcast_strides(batch_axes(b), batch)});
  walk.for_each_row([&](std::int64_t first, const std::array<std::int64_t, 2>& places) {
    for (std::int64_t i = 0; i < walk.row(); ++i) {
      add_matrix_product(
          product, left.data() + (places[0] + i * walk.step(0)) * product.rows * product.inner,
          right.data() + (places[1] + i * walk.step(1)) * product.inner * product.columns,
          sums.data() + (first + i) * product.rows * product.columns);
    }
  });
  set_result(node, inputs, std::move(sums), product.rows, product.columns);
}

void execute_matmul_integer(KernelContext& node) { multiply_integers(node, kIntegerInputs); }
void execute_qlinear_matmul(KernelContext& node) { multiply_integers(node, kQLinearMatMulInputs); }

/// Zero points and scales of a whole factor, or of each row of a and each column of b.
void check_matmul(const TypeContext& node, const ProductInputs& inputs) {
  const auto check = [&](const Operand& operand, std::size_t from_end) {
    const Shape& shape = node.shape(operand.data);
    if (shape.empty()) TypeContext::unsupported("of scalars");
    for (const auto& place : {std::optional(operand.zero_point), operand.scale}) {
      if (!place || !node.has_input(*place) || element_count(node.shape(*place)) == 1) continue;
      const bool of_axis = shape.size() == 2 && node.shape(*place) == Shape{shape[2 - from_end]};
      if (!of_axis) TypeContext::unsupported("with scales or zero points of this shape");
    }
  };
  check(inputs.a, 2);
  check(inputs.b, 1);
  check_result(node, inputs);
}

void check_matmul_integer(const TypeContext& node) { check_matmul(node, kIntegerInputs); }
void check_qlinear_matmul(const TypeContext& node) { check_matmul(node, kQLinearMatMulInputs); }

// --- convolutions -------------------------------------------------------------------------------

/// Adds one channel's products with the weights of one filter. Padding is the zero point: nothing.
void add_integer_channel(const Window3d& window, const std::int64_t* input,
                         const std::int64_t* weights, std::int64_t* output) {
  for_each_kernel_position(
      window, [&](const auto& k) { add_shifted(window, k, input, *weights++, output); });
}

void convolve_integers(KernelContext& node, const ProductInputs& inputs) {
  const Shape& data = node.shape(inputs.a.data);
  const Shape& weights = node.shape(inputs.b.data);
  const Window3d window = window_3d(read_window(node.attributes(), data, kernel_of(weights)));
  const Integers values = centred(node, inputs.a, 0);
  const Integers kernel = centred(node, inputs.b, 0);
  const std::int64_t filters = weights[0] / node.attributes().integer_or("group", 1);
  const std::int64_t outputs = outputs_of(window);
  const std::int64_t positions = kernel_positions(window);
  Integers sums(node.output_size(0));
  for (std::int64_t image = 0; image < data[0]; ++image) {
    for (std::int64_t filter = 0; filter < weights[0]; ++filter) {
      std::int64_t* output = sums.data() + (image * weights[0] + filter) * outputs;
      if (inputs.bias && node.has_input(*inputs.bias)) {
        std::fill_n(output, outputs,
                    node.integers(*inputs.bias).at(static_cast<std::size_t>(filter)));
      }
      const std::int64_t first = filter / filters * weights[1];  // channel of the group
      for (std::int64_t channel = 0; channel < weights[1]; ++channel) {
        add_integer_channel(window,
                            values.data() + (image * data[1] + first + channel) * inputs_of(window),
                            kernel.data() + (filter * weights[1] + channel) * positions, output);
      }
    }
  }
  // Scales of the weights are of filters, which stand before the positions.
  if (!inputs.result) return set_result(node, inputs, std::move(sums), 1, 1);
  const float scale = scale_at(node, inputs.a, 0) / scale_at(node, *inputs.result, 0);
  const std::int64_t zero = node.integers(inputs.result->zero_point).front();
  std::int64_t at = 0;
  for (std::int64_t& sum : sums) {
    const std::int64_t filter = at++ / outputs % weights[0];
    sum = quantized(static_cast<double>(sum) * static_cast<double>(scale) *
                        static_cast<double>(scale_at(node, inputs.b, filter)),
                    zero, node.output(0).type);
  }
  node.set(0, std::move(sums));
}

void execute_conv_integer(KernelContext& node) { convolve_integers(node, kIntegerInputs); }
void execute_qlinear_conv(KernelContext& node) { convolve_integers(node, kQLinearConvInputs); }

void check_conv(const TypeContext& node, const ProductInputs& inputs) {
  if (node.attributes().has("channels_last")) TypeContext::unsupported("with channels last");
  const auto check = [&](const Operand& operand, std::int64_t channels) {
    for (const auto& place : {std::optional(operand.zero_point), operand.scale}) {
      if (!place || !node.has_input(*place)) continue;
      const auto count = element_count(node.shape(*place));
      if (count != 1 && count != channels) {
        TypeContext::unsupported("with scales or zero points of this shape");
      }
    }
  };
  check(inputs.a, 1);
  check_result(node, inputs);
  check(inputs.b, node.shape(inputs.b.data)[0]);
}

void check_conv_integer(const TypeContext& node) { check_conv(node, kIntegerInputs); }
void check_qlinear_conv(const TypeContext& node) { check_conv(node, kQLinearConvInputs); }

}  // namespace

std::vector<Kernel> quantized_product_kernels() {
  return {{"MatMulInteger", execute_matmul_integer, check_matmul_integer},
          {"QLinearMatMul", execute_qlinear_matmul, check_qlinear_matmul},
          {"ConvInteger", execute_conv_integer, check_conv_integer},
          {"QLinearConv", execute_qlinear_conv, check_qlinear_conv}};
}

}  // namespace mensa::onnx_import
