#include "onnx_import/lowering/product.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "onnx_import/lowering/broadcast.h"
#include "onnx_import/lowering/type_context.h"
#include "onnx_import/operator_graph/limits.h"

namespace mensa::onnx_import {

using models::Dim;
using models::TensorId;

Shape batch_axes(const Shape& operand) {
  return {operand.begin(), operand.end() - std::min<std::ptrdiff_t>(std::ssize(operand), 2)};
}

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
  const Shape a_batch = batch_axes(a);
  const Shape b_batch = batch_axes(b);
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

models::ProblemShape product_shape(const Product& product, bool a_is_weights) {
  const std::int64_t rows = product.batch_of_a * product.rows;
  const std::int64_t columns = product.batch_of_b * product.columns;
  models::ProblemShape shape = a_is_weights ? models::gemm_shape(columns, rows, product.inner)
                                            : models::gemm_shape(rows, columns, product.inner);
  shape.bounds[index(Dim::G)] = product.batch_of_both;
  return shape;
}

DraftLayer product_layer(LayerContext& node, std::size_t a, std::size_t b, const Product& product) {
  const bool a_is_weights = node.input(a).constant;
  DraftLayer entry = node.new_layer();
  entry.layer.work = models::MacWork{product_shape(product, a_is_weights)};
  if (a_is_weights) {
    entry.layer.inputs = node.read(b);
    entry.layer.parameters = node.read(a);
    entry.channels = {product.rows, product.columns};
    return entry;
  }
  entry.channels = {product.columns, 1};
  if (node.input(b).constant) {
    entry.layer.inputs = node.read(a);
    entry.layer.parameters = node.read(b);
  } else {
    entry.layer.inputs = {node.read_whole(a), node.read_whole(b)};
  }
  return entry;
}

DraftLayer product_layer(LayerContext& node, std::string_view part, TensorId a, TensorId b,
                         const Product& product) {
  DraftLayer entry = node.new_layer(part);
  const bool a_is_weights = node.draft().tensor(a).constant;
  entry.layer.work = models::MacWork{product_shape(product, a_is_weights)};
  if (a_is_weights) std::swap(a, b);
  if (node.draft().tensor(b).constant) {
    entry.layer.inputs = {a};
    entry.layer.parameters = {b};
  } else {
    entry.layer.inputs = {a, b};
  }
  return entry;
}

}  // namespace mensa::onnx_import
