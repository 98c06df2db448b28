#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/onnx_import/model_builder.h"

namespace mensa::onnx_import {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(ConstantFolding, follows_an_exporters_reshape_chain) {
  // x.view(x.size(0), -1, x.size(2) // 2) as PyTorch writes it.
  ModelBuilder model;
  model.input("x", {4, 6, 10}).output("y").integers("zero", {}, {0}).integers("axis0", {1}, {0});
  model.integers("two", {}, {2}).integers("minus_one", {1}, {-1});
  model.node("Shape", {"x"}, {"shape"});
  model.node("Gather", {"shape", "zero"}, {"batch"});
  model.node("Unsqueeze", {"batch", "axis0"}, {"batch_1d"});
  model.node("Gather", {"shape", "two"}, {"width"});
  model.node("Div", {"width", "two"}, {"half"});
  model.node("Cast", {"half"}, {"half_32"}).integer("to", onnx::TensorProto::INT32);
  model.node("Cast", {"half_32"}, {"half_64"}).integer("to", onnx::TensorProto::INT64);
  model.node("Unsqueeze", {"half_64", "axis0"}, {"half_1d"});
  model.node("Concat", {"batch_1d", "minus_one", "half_1d"}, {"target"}).integer("axis", 0);
  model.node("Reshape", {"x", "target"}, {"h"});
  model.node("Relu", {"h"}, {"y"}, "relu");
  const models::Graph graph = model.import();
  EXPECT_THAT(layer_names(graph), ElementsAre("relu"));
  EXPECT_THAT(output_shape(graph), ElementsAre(4, 12, 5));
}

TEST(ConstantFolding, slices_and_splits_shapes) {
  ModelBuilder model;
  model.input("x", {4, 6, 10}).output("y");
  model.integers("one", {1}, {1}).integers("three", {1}, {3}).integers("parts", {2}, {1, 2});
  model.node("Shape", {"x"}, {"shape"});
  model.node("Slice", {"shape", "one", "three"}, {"tail"});   // 6, 10
  model.node("Split", {"shape", "parts"}, {"head", "rest"});  // 4 | 6, 10
  model.node("Mul", {"tail", "rest"}, {"squares"});           // 36, 100
  model.node("Concat", {"head", "squares"}, {"target"}).integer("axis", 0);
  model.node("ConstantOfShape", {"target"}, {"zeros"});
  model.node("Shape", {"zeros"}, {"again"});
  model.node("Sub", {"again", "again"}, {"nothing"});
  model.node("Add", {"nothing", "shape"}, {"original"});
  model.node("Reshape", {"x", "original"}, {"h"});
  model.node("Relu", {"h"}, {"y"}, "relu");
  EXPECT_THAT(output_shape(model.import()), ElementsAre(4, 6, 10));
}

TEST(ConstantFolding, reads_constants_in_every_form) {
  ModelBuilder model;
  model.input("x", {2, 6}).output("y");
  model.node("Constant", {}, {"three"}).integer("value_int", 3);
  model.node("Constant", {}, {"four"}).integers("value_ints", {4});
  model.node("Constant", {}, {"zero"}).tensor("value", onnx::TensorProto::INT64, 0);
  model.node("Unsqueeze", {"three", "zero"}, {"three_1d"});
  model.node("Concat", {"three_1d", "four"}, {"target"}).integer("axis", 0);
  model.node("Reshape", {"x", "target"}, {"h"});
  model.node("Relu", {"h"}, {"y"});
  EXPECT_THAT(output_shape(model.import()), ElementsAre(3, 4));
}

TEST(ConstantFolding, reads_raw_and_narrow_integers) {
  ModelBuilder model;
  model.input("x", {2, 6}).output("y").integers("target", {2}, {-1, 3}, onnx::TensorProto::INT32);
  auto& tensor = *model.proto().mutable_initializer(0);
  tensor.clear_int32_data();
  tensor.set_raw_data(std::string("\xff\xff\xff\xff\x03\0\0\0", 8));
  model.node("Reshape", {"x", "target"}, {"h"});
  model.node("Relu", {"h"}, {"y"});
  EXPECT_THAT(output_shape(model.import()), ElementsAre(4, 3));
}

TEST(ConstantFolding, does_not_fill_large_constants) {
  // 2^40 elements: kept as a shape. One more is an error.
  ModelBuilder model;
  model.input("x", {1, 1}).output("y").integers("shape", {2}, {1, std::int64_t{1} << 40});
  model.node("ConstantOfShape", {"shape"}, {"w"});
  model.node("MatMul", {"x", "w"}, {"y"});
  const models::Graph graph = model.import();
  EXPECT_EQ(graph.parameter_elements(), std::int64_t{1} << 40);
  EXPECT_EQ(graph.tensor(graph.layers()[0].parameters[0]).sparsity->origin,
            models::DensityOrigin::kUnknown);
  model.proto().mutable_initializer(0)->set_int64_data(1, (std::int64_t{1} << 40) + 1);
  EXPECT_THAT(model.import_error(), HasSubstr("at most 32 axes and 2^40 elements"));
  model.proto().mutable_initializer(0)->set_int64_data(1, -1);
  EXPECT_THAT(model.import_error(), HasSubstr("would make a result of shape 1x-1"));
}

TEST(ConstantFolding, computes_ahead_what_depends_on_constants_only) {
  ModelBuilder model;
  model.input("x", {1, 4}).output("y").weights("w", {4, 3}).weights("scale", {3});
  model.node("Mul", {"w", "scale"}, {"scaled"});
  model.node("Sigmoid", {"scaled"}, {"squashed"});
  model.node("MatMul", {"x", "squashed"}, {"y"}, "product");
  const models::Graph graph = model.import();
  EXPECT_THAT(layer_names(graph), ElementsAre("product"));
  EXPECT_EQ(graph.parameter_elements(), 12);
}

TEST(ConstantFolding, knows_no_value_where_arithmetic_overflows) {
  for (const auto& [op, a, b] : {std::tuple{"Mul", std::int64_t{1} << 62, std::int64_t{2}},
                                 std::tuple{"Div", std::int64_t{5}, std::int64_t{0}}}) {
    ModelBuilder model;
    model.input("x", {1}).output("y").integers("a", {1}, {a}).integers("b", {1}, {b});
    model.node(op, {"a", "b"}, {"c"}, "node");
    model.node("Reshape", {"x", "c"}, {"h"});
    model.node("Relu", {"h"}, {"y"});
    EXPECT_THAT(model.import_error(),
                HasSubstr("its target shape ('c') is not known before run time"));
  }
}

TEST(ConstantFolding, an_absent_input_is_an_error) {
  ModelBuilder model;
  model.input("x", {1}).output("y");
  model.node("Add", {"x"}, {"h"}, "sum");
  model.node("Reshape", {"h"}, {"y"}, "node");
  EXPECT_EQ(model.import_error(), "node 'sum' (Add): lacks its input 1");
}

}  // namespace
}  // namespace mensa::onnx_import
