#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "onnx_import/operator_graph/constant_data.h"
#include "tests/onnx_import/model_builder.h"

namespace mensa::onnx_import {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// A Reshape whose target is an input.
void build_reshape(ModelBuilder& model) {
  model.input("x", {2, 6}).input("target", {-1}, onnx::TensorProto::INT64).output("y");
  model.node("Reshape", {"x", "target"}, {"h"});
  model.node("Softmax", {"h"}, {"y"});
}

ImportOptions with_constant(const std::string& name, const ConstantInput& value) {
  ImportOptions options;
  options.constants[name] = value;
  return options;
}

using Integers = std::vector<std::int64_t>;

std::string error_with_constant(const std::string& name, const ConstantInput& value) {
  ModelBuilder model;
  build_reshape(model);
  return model.import_error(with_constant(name, value));
}

TEST(ConstantInputs, say_shapes_and_are_no_inputs_any_more) {
  ModelBuilder model;
  build_reshape(model);
  EXPECT_THAT(model.import_error(), HasSubstr("its target shape ('target') is not known"));
  const models::Graph graph = model.import(with_constant("target", {Shape{2}, Integers{3, 4}}));
  EXPECT_THAT(output_shape(graph), ElementsAre(3, 4));
  EXPECT_THAT(names_of(graph, graph.inputs()), ElementsAre("x"));
}

TEST(ConstantInputs, take_floats_too) {
  ModelBuilder model;
  model.input("x", {1, 2, 4, 4}).input("scales", {4}).output("y");
  model.node("Resize", {"x", "", "scales"}, {"h"});
  model.node("Softmax", {"h"}, {"y"});
  EXPECT_THAT(output_shape(model.import(
                  with_constant("scales", {Shape{4}, std::vector<double>{1, 1, 2, 2.5}}))),
              ElementsAre(1, 2, 8, 10));
}

TEST(ConstantInputs, have_the_declared_shape_where_none_is_given) {
  ModelBuilder model;
  build_reshape(model);
  const models::Graph graph = model.import(with_constant("target", {std::nullopt, Integers{3, 4}}));
  EXPECT_THAT(output_shape(graph), ElementsAre(3, 4));
}

TEST(ConstantInputs, take_whole_numbers_for_floats) {
  ModelBuilder model;
  model.input("x", {1, 2, 4, 4}).input("scales", {4}).output("y");
  model.node("Resize", {"x", "", "scales"}, {"h"});
  model.node("Softmax", {"h"}, {"y"});
  EXPECT_THAT(
      output_shape(model.import(with_constant("scales", {std::nullopt, Integers{1, 1, 2, 3}}))),
      ElementsAre(1, 2, 8, 12));
}

TEST(ConstantInputs, with_several_open_axes_need_a_shape) {
  ModelBuilder model;
  model.input("x", {2, 6}).open_input("table", {"a", "b"}).output("y");
  model.node("MatMul", {"x", "table"}, {"y"});
  EXPECT_EQ(
      model.import_error(with_constant("table", {std::nullopt, Integers{1, 2, 3, 4, 5, 6}})),
      "value for input 'table': has a shape with several open axes: give it one with --input");
  ImportOptions options = with_constant("table", {std::nullopt, Integers{1, 2, 3, 4, 5, 6}});
  options.inputs["table"] = {6, 1};
  EXPECT_EQ(model.import(options).macs(), 2 * 6);
}

TEST(ConstantInputs, must_fit_what_the_model_declares) {
  EXPECT_EQ(error_with_constant("targets", {Shape{2}, Integers{3, 4}}),
            "unknown input 'targets'; did you mean 'target'? (known: x, target)");
  EXPECT_EQ(error_with_constant("target", {Shape{3}, Integers{3, 4}}),
            "value for input 'target': has 2 values, which do not make the shape [3]");
  EXPECT_EQ(error_with_constant("target", {Shape{1, 2}, Integers{3, 4}}),
            "value for input 'target': has shape [1, 2], which is not the one that the input is "
            "declared with");
  EXPECT_EQ(error_with_constant("target", {Shape{2}, std::vector<double>{3, 4}}),
            "value for input 'target': is given as floats; the input is declared as int64");
}

TEST(ConstantInputs, beyond_what_is_kept_are_constants_of_unknown_value) {
  ModelBuilder model;
  model.input("x", {1, 2000}).input("w", {2000, 2}).output("y");
  model.node("MatMul", {"x", "w"}, {"y"});
  const models::Graph graph =
      model.import(with_constant("w", {Shape{2000, 2}, std::vector<double>(4000, 1.0)}));
  EXPECT_EQ(graph.parameter_elements(), 4000);
}

}  // namespace
}  // namespace mensa::onnx_import
