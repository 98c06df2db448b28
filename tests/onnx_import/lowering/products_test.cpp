#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/onnx_import/model_builder.h"

namespace mensa::onnx_import {
namespace {

using models::MacOperand;
using testing::ElementsAre;
using testing::HasSubstr;

/// A MatMul of two operands, each an activation or a constant.
struct MatMulModel {
  MatMulModel(const std::vector<std::int64_t>& a, bool a_constant,
              const std::vector<std::int64_t>& b, bool b_constant)
      : graph(make(a, a_constant, b, b_constant)), layer(layer_named(graph, "product")) {}

  static models::Graph make(const std::vector<std::int64_t>& a, bool a_constant,
                            const std::vector<std::int64_t>& b, bool b_constant) {
    ModelBuilder model;
    model.output("y");
    a_constant ? model.weights("a", a) : model.input("a", a);
    b_constant ? model.weights("b", b) : model.input("b", b);
    model.node("MatMul", {"a", "b"}, {"y"}, "product");
    return model.import();
  }

  models::Graph graph;
  const models::Layer& layer;
};

TEST(MatMul, of_rows_by_weights_has_the_rows_in_p) {
  const MatMulModel product({100, 1, 500}, false, {500, 42}, true);
  EXPECT_THAT(output_shape(product.graph), ElementsAre(100, 1, 42));
  EXPECT_EQ(mac_shape(product.layer).to_string(), "K=42 C=500 P=100");
  EXPECT_THAT(mac_shape(product.layer).input_size, ElementsAre(1, 100, 1));
  EXPECT_EQ(product.graph.macs(), 100 * 500 * 42);
  EXPECT_THAT(names_of(product.graph, product.layer.parameters), ElementsAre("b"));
}

TEST(MatMul, with_constant_left_factor_has_its_rows_as_channels) {
  const MatMulModel product({8, 6}, true, {3, 6, 5}, false);
  EXPECT_THAT(output_shape(product.graph), ElementsAre(3, 8, 5));
  // (A B)' = B' A': the 3 x 5 columns of B are the rows.
  EXPECT_EQ(mac_shape(product.layer).to_string(), "K=8 C=6 P=15");
  EXPECT_THAT(names_of(product.graph, product.layer.inputs), ElementsAre("b"));
  EXPECT_THAT(names_of(product.graph, product.layer.parameters), ElementsAre("a"));
}

TEST(MatMul, of_two_activations_has_no_parameters) {
  // Attention: 2 sentences, 12 heads, 128 queries by 128 keys of 64.
  const MatMulModel product({2, 12, 128, 64}, false, {2, 12, 64, 128}, false);
  EXPECT_THAT(output_shape(product.graph), ElementsAre(2, 12, 128, 128));
  EXPECT_EQ(mac_shape(product.layer).to_string(), "G=24 K=128 C=64 P=128");
  EXPECT_THAT(names_of(product.graph, product.layer.inputs), ElementsAre("a", "b"));
  EXPECT_TRUE(product.layer.parameters.empty());
}

TEST(MatMul, broadcasts_batches_without_counting_an_operand_twice) {
  // Axis 5: both; axis 3: only A; axis 2: only B.
  const MatMulModel product({5, 3, 1, 4, 6}, false, {5, 1, 2, 6, 7}, false);
  EXPECT_THAT(output_shape(product.graph), ElementsAre(5, 3, 2, 4, 7));
  const auto& shape = mac_shape(product.layer);
  EXPECT_EQ(shape.to_string(), "G=5 K=14 C=6 P=12");
  EXPECT_EQ(shape.elements(MacOperand::kInputs), 5 * 3 * 4 * 6);
  EXPECT_EQ(shape.elements(MacOperand::kWeights), 5 * 2 * 6 * 7);
  EXPECT_EQ(shape.elements(MacOperand::kOutputs), 5 * 3 * 2 * 4 * 7);
}

TEST(MatMul, takes_vectors) {
  EXPECT_THAT(output_shape(MatMulModel({6}, false, {6, 7}, true).graph), ElementsAre(7));
  EXPECT_THAT(output_shape(MatMulModel({3, 4, 6}, false, {6}, true).graph), ElementsAre(3, 4));
  EXPECT_EQ(MatMulModel({6}, false, {6}, true).graph.macs(), 6);
}

TEST(MatMul, refuses_extents_that_differ) {
  ModelBuilder model;
  model.input("a", {2, 3}).output("y").weights("b", {4, 5});
  model.node("MatMul", {"a", "b"}, {"y"}, "product");
  EXPECT_EQ(model.import_error(), "node 'product' (MatMul): cannot multiply 2x3 by 4x5");
  ModelBuilder batches;
  batches.input("a", {2, 3, 4}).output("y").weights("b", {3, 4, 5});
  batches.node("MatMul", {"a", "b"}, {"y"}, "product");
  EXPECT_EQ(batches.import_error(), "node 'product' (MatMul): cannot multiply 2x3x4 by 3x4x5");
}

TEST(Gemm, is_a_product_with_a_bias) {
  ModelBuilder model;
  model.input("x", {2, 9216}).output("y").weights("w", {4096, 9216}).weights("b", {4096});
  model.node("Gemm", {"x", "w", "b"}, {"y"}, "fc6").integer("transB", 1);
  const models::Graph graph = model.import();
  const models::Layer& layer = layer_named(graph, "fc6");
  EXPECT_EQ(mac_shape(layer).to_string(), "K=4096 C=9216 P=2");
  EXPECT_EQ(fused_text(layer), "Bias:1");
  EXPECT_EQ(graph.parameter_elements(), 4096 * 9216 + 4096);
  EXPECT_THAT(output_shape(graph), ElementsAre(2, 4096));
}

TEST(Gemm, transposes_either_factor) {
  ModelBuilder model;
  model.input("x", {7, 2}).output("y").weights("w", {7, 3});
  model.node("Gemm", {"x", "w"}, {"y"}, "fc").integer("transA", 1);
  EXPECT_EQ(mac_shape(layer_named(model.import(), "fc")).to_string(), "K=3 C=7 P=2");
  ModelBuilder left;
  left.input("x", {7, 2}).output("y").weights("w", {3, 7});
  left.node("Gemm", {"w", "x"}, {"y"}, "fc");
  const models::Graph graph = left.import();
  EXPECT_EQ(mac_shape(layer_named(graph, "fc")).to_string(), "K=3 C=7 P=2");
  EXPECT_THAT(names_of(graph, layer_named(graph, "fc").parameters), ElementsAre("w"));
}

TEST(Gemm, a_computed_bias_is_read_beside_the_result) {
  ModelBuilder model;
  model.input("x", {2, 4}).input("c", {2, 3}).output("y").weights("w", {4, 3});
  model.node("Gemm", {"x", "w", "c"}, {"y"}, "fc");
  const models::Graph graph = model.import();
  const models::Layer& layer = layer_named(graph, "fc");
  ASSERT_EQ(layer.epilogue.size(), 1U);
  EXPECT_THAT(names_of(graph, layer.epilogue[0].extra_inputs), ElementsAre("c"));
  EXPECT_EQ(layer.epilogue[0].work.elements_in, 12);
}

TEST(Gemm, refuses_what_does_not_fit) {
  ModelBuilder model;
  model.input("x", {2, 4}).output("y").weights("w", {4, 3}).weights("b", {5});
  model.node("Gemm", {"x", "w", "b"}, {"y"}, "fc");
  EXPECT_EQ(model.import_error(),
            "node 'fc' (Gemm): its bias of shape 5 does not broadcast to 2x3");
  ModelBuilder transposed;
  transposed.input("x", {2, 4}).output("y").weights("w", {4, 3});
  transposed.node("Gemm", {"x", "w"}, {"y"}, "fc").integer("transB", 1);
  EXPECT_THAT(transposed.import_error(), HasSubstr("cannot multiply 2x4 by 4x3 transposed"));
}

TEST(FusedProducts, of_contrib_transpose_and_activate) {
  ModelBuilder model;
  // Batches of A stand behind its rows; B is transposed.
  model.input("a", {4, 3, 6}).input("b", {3, 7, 6}).output("y");
  model.node("FusedMatMul", {"a", "b"}, {"y"}, "product")
      .domain("com.microsoft")
      .integer("transBatchA", 1)
      .integer("transB", 1);
  const models::Graph graph = model.import();
  EXPECT_THAT(output_shape(graph), ElementsAre(3, 4, 7));
  EXPECT_EQ(mac_shape(layer_named(graph, "product")).to_string(), "G=3 K=7 C=6 P=4");
  ModelBuilder gemm;
  gemm.input("x", {2, 4}).output("y").weights("w", {4, 3}).weights("b", {3});
  gemm.node("FusedGemm", {"x", "w", "b"}, {"y"}, "fc")
      .domain("com.microsoft")
      .string("activation", "LeakyRelu");
  EXPECT_EQ(fused_text(layer_named(gemm.import(), "fc")), "Bias:1 LeakyRelu:2");
}

TEST(Products, of_more_than_2_to_the_53_macs_are_errors) {
  ModelBuilder model;
  const std::int64_t large = 1 << 20;
  model.input("x", {large, large}).input("w", {large, large}).output("y");
  model.node("MatMul", {"x", "w"}, {"y"}, "product");
  EXPECT_EQ(model.import_error(), "layer 'product': the layer has more than 2^53 MACs");
}

}  // namespace
}  // namespace mensa::onnx_import
