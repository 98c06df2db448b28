#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/onnx_import/model_builder.h"

namespace mensa::onnx_import {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

ModelBuilder& build_einsum(ModelBuilder& model, const std::string& equation,
                           const std::vector<std::vector<std::int64_t>>& shapes) {
  std::vector<std::string> inputs;
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    inputs.push_back("x" + std::to_string(i));
    model.input(inputs.back(), shapes[i]);
  }
  model.output("y");
  model.node("Einsum", inputs, {"y"}, "node").string("equation", equation);
  return model;
}

models::Graph import_einsum(const std::string& equation,
                            const std::vector<std::vector<std::int64_t>>& shapes) {
  ModelBuilder model;
  return build_einsum(model, equation, shapes).import();
}

std::string einsum_error(const std::string& equation,
                         const std::vector<std::vector<std::int64_t>>& shapes) {
  ModelBuilder model;
  return build_einsum(model, equation, shapes).import_error();
}

TEST(Einsum, of_two_operands_is_a_batched_product) {
  // Scores of attention, straight from [batch, length, heads, head].
  const models::Graph graph = import_einsum("bqhd, bkhd -> bhqk", {{2, 5, 3, 8}, {2, 7, 3, 8}});
  EXPECT_THAT(output_shape(graph), ElementsAre(2, 3, 5, 7));
  EXPECT_EQ(mac_shape(layer_named(graph, "node")).to_string(), "G=6 K=7 C=8 P=5");
}

TEST(Einsum, implies_a_result_in_alphabetical_order) {
  EXPECT_THAT(output_shape(import_einsum("zk,ka", {{2, 3}, {3, 4}})), ElementsAre(4, 2));
}

TEST(Einsum, has_axes_without_a_name) {
  const models::Graph graph = import_einsum("...ij,...jk->...ik", {{5, 1, 2, 3}, {4, 3, 6}});
  EXPECT_THAT(output_shape(graph), ElementsAre(5, 4, 2, 6));
  // Only A varies along 5, only B along 4.
  EXPECT_EQ(mac_shape(layer_named(graph, "node")).to_string(), "K=24 C=3 P=10");
}

TEST(Einsum, with_constant_weights_has_parameters) {
  ModelBuilder model;
  model.input("x", {2, 5, 8}).weights("w", {8, 3, 4}).output("y");
  model.node("Einsum", {"x", "w"}, {"y"}, "node").string("equation", "bsd,dhk->bshk");
  const models::Graph graph = model.import();
  EXPECT_EQ(mac_shape(layer_named(graph, "node")).to_string(), "K=12 C=8 P=10");
  EXPECT_EQ(graph.parameter_elements(), 8 * 3 * 4);
}

TEST(Einsum, without_a_sum_is_elementwise) {
  const models::Graph graph = import_einsum("ij,j->ij", {{2, 3}, {3}});
  EXPECT_EQ(vector_work(layer_named(graph, "node")).operations_per_element, 1);
  EXPECT_EQ(graph.macs(), 0);
}

TEST(Einsum, of_one_operand_transposes_sums_or_takes_a_diagonal) {
  EXPECT_EQ(moved(layer_named(import_einsum("ij->ji", {{2, 3}}), "node")), 6);
  EXPECT_EQ(
      vector_work(layer_named(import_einsum("ij->i", {{2, 3}}), "node")).operations_per_element, 3);
  EXPECT_EQ(moved(layer_named(import_einsum("ii->i", {{4, 4}}), "node")), 4);
}

TEST(Einsum, refuses_what_is_no_product_of_matrices) {
  EXPECT_THAT(einsum_error("ij,jk,kl->il", {{2, 3}, {3, 4}, {4, 5}}), HasSubstr("3 operands"));
  EXPECT_THAT(einsum_error("ij,k->k", {{2, 3}, {4}}),
              HasSubstr("a sum over an axis of one operand"));
  EXPECT_THAT(einsum_error("ii,ij->j", {{3, 3}, {3, 4}}),
              HasSubstr("a diagonal of one of several"));
}

TEST(Einsum, checks_its_equation) {
  EXPECT_THAT(einsum_error("ij->ij", {{2, 3}, {4}}),
              HasSubstr("has 1 operand(s), but there are 2"));
  EXPECT_THAT(einsum_error("ijk->i", {{2, 3}}), HasSubstr("names 3 axes of an operand that has 2"));
  EXPECT_THAT(einsum_error("ij,jk->ik", {{2, 3}, {4, 5}}),
              HasSubstr("gives one axis extents 3 and 4"));
  EXPECT_THAT(einsum_error("i1->i", {{2, 3}}), HasSubstr("has '1', which is no letter"));
  EXPECT_THAT(einsum_error("ij->ik", {{2, 3}}), HasSubstr("has a result with 'k'"));
  EXPECT_THAT(einsum_error("", {{2, 3}}), HasSubstr("names 0 axes of an operand that has 2"));
}

}  // namespace
}  // namespace mensa::onnx_import
