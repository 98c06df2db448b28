#include "onnx_import/lowering/product.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "onnx_import/execution/kernel.h"
#include "onnx_import/execution/matrix_product.h"
#include "onnx_import/execution/strided_walk.h"
#include "onnx_import/lowering/gemm.h"

namespace mensa::onnx_import {
namespace {

/// A matrix of `shape`, or the same transposed.
MatrixView view(const std::vector<float>& data, const Shape& shape, bool transposed) {
  return transposed ? MatrixView{data.data(), 1, shape[1]} : MatrixView{data.data(), shape[1], 1};
}

/// alpha A B + beta C.
void execute_gemm(KernelContext& node) {
  const Attributes& attributes = node.attributes();
  const auto alpha = static_cast<float>(attributes.number_or("alpha", 1));
  const auto beta = static_cast<float>(attributes.number_or("beta", 1));
  const Product product = gemm_product(attributes, node.shape(0), node.shape(1));
  std::vector<float> result(node.output_size(0), 0.0F);
  add_product(product.rows, product.columns, product.inner,
              view(node.floats(0), node.shape(0), attributes.integer_or("transA", 0) != 0),
              view(node.floats(1), node.shape(1), attributes.integer_or("transB", 0) != 0),
              result.data(), product.columns);
  if (alpha != 1) {
    for (float& x : result) x *= alpha;
  }
  if (node.has_input(kGemmC)) {
    const std::vector<float>& bias = node.floats(kGemmC);
    const Shape& shape = node.output_shape(0);
    const StridedWalk<1> walk(shape, {broadcast_strides(node.shape(kGemmC), shape)});
    walk.for_each_row([&](std::int64_t first, const std::array<std::int64_t, 1>& places) {
      for (std::int64_t i = 0; i < walk.row(); ++i) {
        result[static_cast<std::size_t>(first + i)] +=
            beta * bias[static_cast<std::size_t>(places[0] + i * walk.step(0))];
      }
    });
  }
  node.set(0, std::move(result));
}

void execute_matmul(KernelContext& node) {
  Shape a = node.shape(0);
  Shape b = node.shape(1);
  const Product product = product_of(a, b);
  if (a.size() == 1) a.insert(a.begin(), 1);
  if (b.size() == 1) b.push_back(1);
  const std::size_t axes = std::max(a.size(), b.size()) - 2;
  Shape batch(product.result.begin(), product.result.begin() + static_cast<std::ptrdiff_t>(axes));
  std::vector<float> result(node.output_size(0), 0.0F);
  const StridedWalk<2> walk(
      batch, {broadcast_strides(batch_axes(a), batch), broadcast_strides(batch_axes(b), batch)});
  walk.for_each_row([&](std::int64_t first, const std::array<std::int64_t, 2>& places) {
    for (std::int64_t i = 0; i < walk.row(); ++i) {
      const std::int64_t of_a = (places[0] + i * walk.step(0)) * product.rows * product.inner;
      const std::int64_t of_b = (places[1] + i * walk.step(1)) * product.inner * product.columns;
      add_product(product.rows, product.columns, product.inner,
                  {node.floats(0).data() + of_a, product.inner, 1},
                  {node.floats(1).data() + of_b, product.columns, 1},
                  result.data() + (first + i) * product.rows * product.columns, product.columns);
    }
  });
  node.set(0, std::move(result));
}

}  // namespace

std::vector<Kernel> product_kernels() {
  return {{"Gemm", execute_gemm, check_floats}, {"MatMul", execute_matmul, check_floats}};
}

}  // namespace mensa::onnx_import
