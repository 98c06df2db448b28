#include "cli/inspect/coverage.h"

#include <gtest/gtest.h>

namespace mensa::cli {
namespace {

using models::Graph;
using models::Layer;
using models::TensorId;

TensorId tensor(Graph& graph, const std::string& name, std::vector<std::int64_t> shape,
                bool constant = false) {
  models::Tensor entry;
  entry.name = name;
  entry.shape = std::move(shape);
  entry.constant = constant;
  return graph.add_tensor(std::move(entry));
}

/// A product of 2 x 3 by 3 x 4 with an activation fused behind it, which stands for two nodes; then
/// a copy and a layer that is approximate.
Graph small_graph() {
  Graph graph("small");
  const TensorId x = tensor(graph, "x", {2, 3});
  const TensorId w = tensor(graph, "w", {3, 4}, true);
  const TensorId a = tensor(graph, "a", {2, 4});
  const TensorId b = tensor(graph, "b", {4, 2});
  const TensorId y = tensor(graph, "y", {4, 2});
  graph.mark_input(x);
  graph.mark_output(y);
  Layer product;
  product.name = product.op = "MatMul";
  product.group = graph.add_group("product");
  product.work = models::MacWork{models::gemm_shape(2, 4, 3)};
  product.inputs = {x};
  product.parameters = {w};
  product.outputs = {a};
  product.merged = {"pad"};
  models::Epilogue gelu;
  gelu.op = "Gelu";
  gelu.node = "gelu";
  gelu.work = {8, 8, 5};
  gelu.merged = {"erf", "mul"};
  product.epilogue = {gelu};
  graph.add_layer(std::move(product));
  Layer copy;
  copy.name = copy.op = "Transpose";
  copy.group = graph.add_group("copy");
  copy.work = models::MoveWork{8};
  copy.inputs = {a};
  copy.outputs = {b};
  graph.add_layer(std::move(copy));
  Layer odd;
  odd.name = "odd";
  odd.op = "Gelu";
  odd.group = graph.add_group("odd");
  odd.work = models::VectorWork{8, 8, 3};
  odd.inputs = {b};
  odd.outputs = {y};
  odd.approximation = "guessed";
  graph.add_layer(std::move(odd));
  graph.finish();
  return graph;
}

TEST(Coverage, AddsUpByOperator) {
  const Coverage found = coverage(small_graph());
  ASSERT_EQ(found.operators.size(), 3U);
  const OperatorCoverage& product = found.operators[0];
  EXPECT_EQ(product.op, "MatMul");
  EXPECT_EQ(product.layers, 1U);
  EXPECT_EQ(product.macs, 2 * 4 * 3);
  EXPECT_EQ(product.parameters, 12);
  const OperatorCoverage& gelu = found.operators[1];
  EXPECT_EQ(gelu.op, "Gelu");
  EXPECT_EQ(gelu.layers, 1U);
  EXPECT_EQ(gelu.fused, 1U);
  EXPECT_EQ(gelu.operations, 8 * 5 + 8 * 3);
  EXPECT_EQ(gelu.approximate, 1U);
  const OperatorCoverage& copy = found.operators[2];
  EXPECT_EQ(copy.op, "Transpose");
  EXPECT_EQ(copy.elements_moved, 8);
}

TEST(Coverage, CountsEveryNodeOnce) {
  const Coverage found = coverage(small_graph());
  // product, pad, gelu, erf, mul, copy, odd
  EXPECT_EQ(found.nodes, 7U);
  EXPECT_EQ(found.total.layers, 3U);
  EXPECT_EQ(found.total.approximate, 1U);
  EXPECT_EQ(found.total.macs, 24);
}

}  // namespace
}  // namespace mensa::cli
