#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/onnx_import/model_builder.h"

// How exporters compute shapes at run time, as they write it for `import` to fold. Each ends in a
// Softmax, whose shape tells what was folded; no chain leaves a layer.

namespace mensa::onnx_import {
namespace {

using onnx::TensorProto;
using testing::ElementsAre;
using testing::HasSubstr;

void cast(ModelBuilder& model, const std::string& from, const std::string& to, std::int32_t type) {
  model.node("Cast", {from}, {to}).integer("to", type);
}

TEST(ReshapeChains, pytorch_expand_with_minus_one) {
  // x.expand(3, -1, 5): a -1 in the target stands for "as it is", written by Where.
  ModelBuilder model;
  model.input("x", {1, 4, 1}).output("y").integers("target", {3}, {3, -1, 5});
  model.integers("rank", {1}, {3}).integers("minus_one", {}, {-1});
  model.node("ConstantOfShape", {"rank"}, {"ones"}).tensor("value", TensorProto::INT64, 1);
  model.node("Mul", {"ones", "minus_one"}, {"wildcards"});
  model.node("Equal", {"target", "wildcards"}, {"is_wildcard"});
  model.node("Where", {"is_wildcard", "ones", "target"}, {"shape"});
  model.node("Expand", {"x", "shape"}, {"h"}, "expand");
  model.node("Softmax", {"h"}, {"y"}, "end");
  const models::Graph graph = model.import();
  EXPECT_THAT(output_shape(graph), ElementsAre(3, 4, 5));
  EXPECT_THAT(layer_names(graph), ElementsAre("expand", "end"));
  EXPECT_EQ(moved(layer_named(graph, "expand")), 60);
}

TEST(ReshapeChains, pytorch_interpolate_by_a_factor) {
  // floor(13 x 1.5) = 19 and floor(7 x 1.5) = 10, as floats in between.
  ModelBuilder model;
  model.input("x", {1, 8, 13, 7}).output("y").floats("factor", {}, {1.5F});
  model.integers("two", {}, {2}).integers("three", {}, {3}).integers("axis0", {1}, {0});
  model.integers("none", {0}, {}).integers("head_end", {1}, {2});
  model.node("Shape", {"x"}, {"shape"});
  for (const std::string axis : {"two", "three"}) {
    model.node("Gather", {"shape", axis}, {axis + "_extent"});
    cast(model, axis + "_extent", axis + "_float", TensorProto::FLOAT);
    model.node("Mul", {axis + "_float", "factor"}, {axis + "_scaled"});
    model.node("Floor", {axis + "_scaled"}, {axis + "_floor"});
    cast(model, axis + "_floor", axis + "_whole", TensorProto::INT64);
    model.node("Unsqueeze", {axis + "_whole", "axis0"}, {axis + "_1d"});
  }
  model.node("Slice", {"shape", "axis0", "head_end", "axis0"}, {"head"});
  model.node("Concat", {"head", "two_1d", "three_1d"}, {"sizes"}).integer("axis", 0);
  model.node("Resize", {"x", "", "", "sizes"}, {"h"}).string("mode", "linear");
  model.node("Softmax", {"h"}, {"y"});
  EXPECT_THAT(output_shape(model.import()), ElementsAre(1, 8, 19, 10));
}

TEST(ReshapeChains, tf2onnx_pads_to_a_multiple) {
  // Height 37 to the next multiple of 16: ceil(37 / 16) x 16 - 37 = 11.
  ModelBuilder model;
  model.input("x", {1, 37, 4}).output("y").floats("sixteen", {1}, {16.0F});
  model.integers("one", {1}, {1}).integers("two", {1}, {2}).integers("zeros", {4}, {0, 0, 0, 0});
  model.node("Shape", {"x"}, {"shape"});
  model.node("Slice", {"shape", "one", "two"}, {"height"});
  cast(model, "height", "height_float", TensorProto::FLOAT);
  model.node("Div", {"height_float", "sixteen"}, {"blocks"});
  model.node("Ceil", {"blocks"}, {"whole_blocks"});
  model.node("Mul", {"whole_blocks", "sixteen"}, {"padded"});
  model.node("Sub", {"padded", "height_float"}, {"missing"});
  cast(model, "missing", "missing_64", TensorProto::INT64);
  model.node("Concat", {"zeros", "missing_64", "last"}, {"pads"}).integer("axis", 0);
  model.integers("last", {1}, {0});
  model.node("Pad", {"x", "pads"}, {"h"});
  model.node("Softmax", {"h"}, {"y"});
  EXPECT_THAT(output_shape(model.import()), ElementsAre(1, 48, 4));
}

TEST(ReshapeChains, old_pytorch_counts_by_non_zero) {
  // torch.arange(x.size(1)) before Range: NonZero of as many ones.
  ModelBuilder model;
  model.input("x", {2, 6}, TensorProto::INT64).output("y").weights("table", {6, 5});
  model.integers("one", {1}, {1}).integers("axis1", {1}, {1});
  model.node("Shape", {"x"}, {"shape"});
  model.node("Gather", {"shape", "one"}, {"length"});
  model.node("ConstantOfShape", {"length"}, {"ones"}).tensor("value", TensorProto::INT64, 1);
  model.node("NonZero", {"ones"}, {"places"});
  model.node("Transpose", {"places"}, {"column"}).integers("perm", {1, 0});
  model.node("Squeeze", {"column", "axis1"}, {"numbers"});
  model.node("Gather", {"table", "numbers"}, {"rows"});
  model.node("Gather", {"table", "x"}, {"embedded"}, "embedding");
  model.node("Add", {"embedded", "rows"}, {"sum"}, "positions");
  model.node("Softmax", {"sum"}, {"y"}, "end");
  const models::Graph graph = model.import();
  EXPECT_THAT(output_shape(graph), ElementsAre(2, 6, 5));
  EXPECT_THAT(layer_names(graph), ElementsAre("embedding", "positions", "end"));
}

TEST(ReshapeChains, paddle_replaces_an_extent_by_scatter) {
  // shape[1] = prod(shape[1:3]); x.reshape(shape[:2] + [-1])
  ModelBuilder model(16);
  model.input("x", {2, 3, 4, 5}).output("y").integers("one", {1}, {1}).integers("three", {1}, {3});
  model.integers("place", {1, 1}, {1}).integers("zero", {1}, {0}).integers("two", {1}, {2});
  model.integers("rest", {1}, {-1});
  model.node("Shape", {"x"}, {"shape"});
  model.node("Slice", {"shape", "one", "three"}, {"image"});
  model.node("ReduceProd", {"image"}, {"pixels"}).integer("keepdims", 1);
  model.node("ScatterND", {"shape", "place", "pixels"}, {"changed"});
  model.node("Slice", {"changed", "zero", "two"}, {"head"});
  model.node("Concat", {"head", "rest"}, {"target"}).integer("axis", 0);
  model.node("Reshape", {"x", "target"}, {"h"});
  model.node("Softmax", {"h"}, {"y"});
  EXPECT_THAT(output_shape(model.import()), ElementsAre(2, 12, 5));
}

TEST(ReshapeChains, integers_are_divided_towards_zero_and_modulo_follows_the_divisor) {
  // -7 / 2 = -3; -7 mod 2 = 1; the target is [-(-3), 1 x 8].
  ModelBuilder model;
  model.input("x", {24}).output("y").integers("a", {1}, {-7}).integers("b", {1}, {2});
  model.integers("eight", {1}, {8});
  model.node("Div", {"a", "b"}, {"quotient"});
  model.node("Neg", {"quotient"}, {"three"});
  model.node("Mod", {"a", "b"}, {"rest"});
  model.node("Mul", {"rest", "eight"}, {"columns"});
  model.node("Concat", {"three", "columns"}, {"target"}).integer("axis", 0);
  model.node("Reshape", {"x", "target"}, {"h"});
  model.node("Softmax", {"h"}, {"y"});
  EXPECT_THAT(output_shape(model.import()), ElementsAre(3, 8));
}

TEST(ReshapeChains, floats_are_rounded_to_their_type) {
  // 2^24 + 1 is no single precision float: it becomes 2^24, and the difference 0.
  ModelBuilder model;
  model.input("x", {5}).output("y").integers("large", {1}, {(1 << 24) + 1});
  model.integers("base", {1}, {1 << 24}).integers("five", {1}, {5});
  cast(model, "large", "rounded", TensorProto::FLOAT);
  cast(model, "rounded", "back", TensorProto::INT64);
  model.node("Sub", {"back", "base"}, {"lost"});
  model.node("Add", {"lost", "five"}, {"target"});
  model.node("Reshape", {"x", "target"}, {"h"});
  model.node("Softmax", {"h"}, {"y"});
  EXPECT_THAT(output_shape(model.import()), ElementsAre(5));
}

TEST(ReshapeChains, values_that_a_type_cannot_hold_are_not_known) {
  ModelBuilder model;
  model.input("x", {300}).output("y").integers("wide", {1}, {300});
  cast(model, "wide", "narrow", TensorProto::UINT8);
  cast(model, "narrow", "target", TensorProto::INT64);
  model.node("Reshape", {"x", "target"}, {"h"});
  model.node("Softmax", {"h"}, {"y"});
  EXPECT_THAT(model.import_error(), HasSubstr("its target shape ('target') is not known"));
}

/// Reshapes x of `count` elements by the sum of so many ones, each the maximum of 65 536.
std::string error_of_large_chain(int count) {
  ModelBuilder model;
  model.input("x", {count}).output("y");
  model.integers("one", {1}, {1}).integers("many", {1}, {65'536});
  std::vector<std::string> maxima;
  for (int i = 0; i < count; ++i) {
    maxima.push_back("max" + std::to_string(i));
    model.node("Tile", {"one", "many"}, {"tiles" + std::to_string(i)});
    model.node("ReduceMax", {"tiles" + std::to_string(i)}, {maxima.back()});
  }
  model.node("Sum", maxima, {"target"});
  model.node("Reshape", {"x", "target"}, {"h"});
  model.node("Softmax", {"h"}, {"y"});
  return model.import_error();
}

TEST(ReshapeChains, what_is_kept_of_a_model_is_bounded) {
  // 2^24 integers are 256 tensors of 65 536.
  EXPECT_EQ(error_of_large_chain(250), "no error");
  EXPECT_THAT(error_of_large_chain(260), HasSubstr("its target shape ('target') is not known"));
}

}  // namespace
}  // namespace mensa::onnx_import
