#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/onnx_import/model_builder.h"

namespace mensa::onnx_import {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(OperatorGraph, unsorted_nodes_are_sorted_before_anything_else) {
  ModelBuilder model;
  model.input("x", {1, 4}).output("y").weights("w", {4, 3}).weights("v", {3, 2});
  model.node("MatMul", {"h", "v"}, {"y"}, "second");
  model.node("MatMul", {"x", "w"}, {"h"}, "first");
  const models::Graph graph = model.import();
  EXPECT_THAT(layer_names(graph), ElementsAre("first", "second"));
  EXPECT_EQ(graph.macs(), 4 * 3 + 3 * 2);
}

TEST(OperatorGraph, a_cycle_names_its_nodes) {
  ModelBuilder model;
  model.input("x", {1, 4}).output("y");
  model.node("Add", {"x", "c"}, {"a"}, "one");
  model.node("Relu", {"a"}, {"b"}, "two");
  model.node("Tanh", {"b"}, {"c"}, "three");
  model.node("Relu", {"c"}, {"y"}, "behind");
  const std::string error = model.import_error();
  EXPECT_THAT(error, HasSubstr("the nodes form a cycle"));
  EXPECT_THAT(error, HasSubstr("'one' (Add) -> 'two' (Relu) -> 'three' (Tanh)"));
  EXPECT_THAT(error, testing::Not(HasSubstr("behind")));
}

TEST(OperatorGraph, a_node_may_not_read_itself) {
  ModelBuilder model;
  model.input("x", {1, 4}).output("y");
  model.node("Add", {"x", "y"}, {"y"}, "self");
  EXPECT_EQ(model.import_error(), "the nodes form a cycle: 'self' (Add) -> 'self' (Add)");
}

TEST(OperatorGraph, a_value_has_one_origin) {
  ModelBuilder model;
  model.input("x", {1, 4}).output("y");
  model.node("Relu", {"x"}, {"y"}, "one");
  model.node("Tanh", {"x"}, {"y"}, "two");
  EXPECT_EQ(model.import_error(), "value 'y': is defined twice, by node 'one' and by node 'two'");
  ModelBuilder twice;
  twice.input("x", {1, 4}).output("y").weights("w", {4}).weights("w", {4});
  twice.node("Add", {"x", "w"}, {"y"});
  EXPECT_EQ(twice.import_error(),
            "value 'w': is defined twice, by an initializer and by an initializer");
}

TEST(OperatorGraph, an_input_from_nowhere_names_node_and_value) {
  ModelBuilder model;
  model.input("x", {1, 4}).output("y");
  model.node("Add", {"x", "typo"}, {"y"}, "sum");
  EXPECT_EQ(model.import_error(),
            "node 'sum' (Add): reads value 'typo', which no node, input or initializer makes");
  ModelBuilder no_output;
  no_output.input("x", {1, 4}).output("z");
  no_output.node("Relu", {"x"}, {"y"});
  EXPECT_EQ(no_output.import_error(),
            "the output of graph 'graph': reads value 'z', which no node, input or initializer "
            "makes");
}

TEST(OperatorGraph, initializers_that_are_inputs_too_are_constants) {
  ModelBuilder model(9);
  model.model().set_ir_version(3);
  model.input("x", {1, 4}).input("w", {4, 3}).output("y").weights("w", {4, 3});
  model.node("MatMul", {"x", "w"}, {"y"});
  const models::Graph graph = model.import();
  EXPECT_THAT(names_of(graph, graph.inputs()), ElementsAre("x"));
  EXPECT_EQ(graph.parameter_elements(), 12);
}

TEST(OperatorGraph, nodes_get_names_of_their_own) {
  ModelBuilder model;
  model.input("x", {1, 4}).output("c").output("d").output("e");
  model.node("Relu", {"x"}, {"c"}, "same");
  model.node("Tanh", {"x"}, {"d"}, "same");
  model.node("Sigmoid", {"x"}, {"e"});
  EXPECT_THAT(layer_names(model.import()), ElementsAre("same", "same#2", "e"));
}

TEST(OperatorGraph, nodes_that_nothing_reads_are_left_out_and_noted) {
  ModelBuilder model;
  model.input("x", {1, 4}).output("y");
  model.node("Relu", {"x"}, {"y"}, "live");
  model.node("NoSuchOperator", {"x"}, {"z"}, "dead");
  const models::Graph graph = model.import();
  EXPECT_THAT(layer_names(graph), ElementsAre("live"));
  EXPECT_THAT(graph.notes(), ElementsAre("1 node(s) left out: nothing reads their results"));
}

TEST(OperatorGraph, work_whose_shape_alone_is_asked_for_is_no_layer) {
  ModelBuilder model;
  model.input("x", {2, 3}).output("y");
  model.node("Relu", {"x"}, {"big"});
  model.node("Shape", {"big"}, {"shape"});
  model.node("ConstantOfShape", {"shape"}, {"filled"});
  model.node("Add", {"x", "filled"}, {"y"}, "sum");
  EXPECT_THAT(layer_names(model.import()), ElementsAre("sum"));
}

TEST(OperatorGraph, results_that_an_operator_does_not_have_are_errors) {
  ModelBuilder model;
  model.input("x", {2, 3}).output("second");
  model.node("Relu", {"x"}, {"first", "second"}, "relu");
  EXPECT_EQ(model.import_error(),
            "node 'relu' (Relu): has no result for 'second': too many outputs");
}

TEST(OperatorGraph, a_hundred_thousand_nodes_are_the_limit) {
  ModelBuilder model;
  model.input("x", {1}).output("y0");
  for (int i = 0; i <= 100'000; ++i) {
    model.node("Relu", {i == 100'000 ? "x" : fmt::format("y{}", i + 1)}, {fmt::format("y{}", i)});
  }
  EXPECT_EQ(model.import_error(), "has more than 100000 nodes");
  // One less, in the worst order: from the last to the first.
  model.proto().mutable_node()->RemoveLast();
  model.proto().mutable_node(99'999)->set_input(0, "x");
  EXPECT_EQ(model.import().layers().size(), 1U);  // all fused into the first
}

TEST(OperatorGraph, nesting_is_bounded) {
  onnx::GraphProto inner;
  inner.add_output()->set_name("x");
  for (int depth = 0; depth < 20; ++depth) {
    onnx::GraphProto outer;
    GraphBuilder(outer).node("Loop", {}, {"z"}).graph("body", inner);
    inner = outer;
  }
  ModelBuilder model;
  model.input("x", {1}).output("y");
  model.node("Loop", {}, {"y"}).graph("body", inner);
  EXPECT_EQ(model.import_error(), "graphs are nested more than 16 deep");
}

TEST(OperatorGraph, a_model_without_layers_is_an_error) {
  ModelBuilder model;
  model.input("x", {1}).output("y");
  model.node("Identity", {"x"}, {"y"});
  EXPECT_THAT(model.import_error(), HasSubstr("the model has no layers"));
}

TEST(OperatorGraph, attributes_of_the_wrong_kind_are_errors) {
  ModelBuilder model;
  model.input("x", {1, 4}).output("y");
  model.node("Concat", {"x", "x"}, {"y"}, "join").string("axis", "1");
  EXPECT_EQ(model.import_error(),
            "node 'join' (Concat): attribute 'axis' is a string; expected an integer");
  ModelBuilder twice;
  twice.input("x", {1, 4}).output("y");
  twice.node("Concat", {"x", "x"}, {"y"}, "join").integer("axis", 1).integer("axis", 1);
  EXPECT_EQ(twice.import_error(), "node 'join' (Concat): attribute 'axis' is given twice");
}

}  // namespace
}  // namespace mensa::onnx_import
