#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "onnx_import/lowering/broadcast.h"
#include "onnx_import/lowering/lowering.h"
#include "onnx_import/operator_graph/limits.h"

namespace mensa::onnx_import {
namespace {

using models::Dim;

constexpr std::size_t kA = 0;
constexpr std::size_t kB = 1;

/// A [batch..., rows, inner] times B [batch..., inner, columns] with the batch axes broadcast. A
/// vector is a matrix of one row (A) or one column (B), an axis that the result does not have.
struct Product {
  std::int64_t rows = 1;
  std::int64_t inner = 1;
  std::int64_t columns = 1;
  /// Batch axes along which only A varies, only B varies, and both do.
  std::int64_t batch_of_a = 1;
  std::int64_t batch_of_b = 1;
  std::int64_t batch_of_both = 1;
  Shape result;
};

Product product_of(const Shape& a, const Shape& b) {
  const auto misfit = [&] {
    TypeContext::fail(
        fmt::format("cannot multiply {} by {}", fmt::join(a, "x"), fmt::join(b, "x")));
  };
  if (a.empty() || b.empty()) misfit();
  Product product;
  product.inner = a.back();
  if (a.size() > 1) product.rows = a[a.size() - 2];
  if (b.size() > 1) product.columns = b.back();
  if (b[b.size() - std::min<std::size_t>(b.size(), 2)] != product.inner) misfit();
  const Shape a_batch(a.begin(), a.end() - std::min<std::ptrdiff_t>(std::ssize(a), 2));
  const Shape b_batch(b.begin(), b.end() - std::min<std::ptrdiff_t>(std::ssize(b), 2));
  auto batch = broadcast_shape(a_batch, b_batch);
  if (!batch) misfit();
  for (std::size_t back = 1; back <= batch->size(); ++back) {
    const std::int64_t in_a = back <= a_batch.size() ? a_batch[a_batch.size() - back] : 1;
    const std::int64_t in_b = back <= b_batch.size() ? b_batch[b_batch.size() - back] : 1;
    std::int64_t& part = in_b == 1   ? product.batch_of_a
                         : in_a == 1 ? product.batch_of_b
                                     : product.batch_of_both;
    if (__builtin_mul_overflow(part, std::max(in_a, in_b), &part)) misfit();
  }
  product.result = std::move(*batch);
  if (a.size() > 1) product.result.push_back(product.rows);
  if (b.size() > 1) product.result.push_back(product.columns);
  return product;
}

void infer_matmul(TypeContext& node) {
  Product product = product_of(node.shape(kA), node.shape(kB));
  node.set_output(0, node.input(kA).type, std::move(product.result));
}

void lower_matmul(LayerContext& node) {
  const Product product = product_of(node.shape(kA), node.shape(kB));
  // Exact for every broadcast: rows that share a B stand below each other, columns that share an A
  // side by side, and only what varies in both needs a product of its own.
  const std::int64_t rows = product.batch_of_a * product.rows;
  const std::int64_t columns = product.batch_of_b * product.columns;
  DraftLayer entry = node.new_layer();
  models::ProblemShape shape;
  if (node.input(kA).constant) {
    // (A B)' = B' A': the constant factor is the weights.
    shape = models::gemm_shape(columns, rows, product.inner);
    entry.layer.inputs = node.read(kB);
    entry.layer.parameters = node.read(kA);
    entry.channels = {product.rows, product.columns};
  } else {
    shape = models::gemm_shape(rows, columns, product.inner);
    entry.channels = {product.columns, 1};
    if (node.input(kB).constant) {
      entry.layer.inputs = node.read(kA);
      entry.layer.parameters = node.read(kB);
    } else {
      entry.layer.inputs = {node.read_whole(kA), node.read_whole(kB)};
    }
  }
  shape.bounds[index(Dim::G)] = product.batch_of_both;
  entry.layer.work = models::MacWork{shape};
  entry.layer.outputs = {node.write(0)};
  node.add(std::move(entry));
}

}  // namespace

Lowering matmul_lowering() { return {"", {{"MatMul", infer_matmul, lower_matmul}}}; }

}  // namespace mensa::onnx_import
