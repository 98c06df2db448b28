#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "tests/onnx_import/model_builder.h"

namespace mensa::onnx_import {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// One node "node" from x to y; more inputs are made by `build`.
models::Graph import_node(const std::string& op, const std::vector<std::int64_t>& shape,
                          const std::function<void(NodeBuilder&)>& attributes = {}) {
  ModelBuilder model;
  model.input("x", shape).output("y");
  NodeBuilder node = model.node(op, {"x"}, {"y"}, "node");
  if (attributes) attributes(node);
  return model.import();
}

void expect_work(const models::Graph& graph, std::int64_t in, std::int64_t out,
                 std::int64_t operations) {
  const models::VectorWork& work = vector_work(layer_named(graph, "node"));
  EXPECT_EQ(work.elements_in, in);
  EXPECT_EQ(work.elements_out, out);
  EXPECT_EQ(work.operations_per_element, operations);
}

TEST(Activations, cost_what_the_table_says) {
  expect_work(import_node("Relu", {2, 5}), 10, 10, 1);
  expect_work(import_node("LeakyRelu", {2, 5}), 10, 10, 2);
  expect_work(import_node("Clip", {2, 5}), 10, 10, 2);
  expect_work(import_node("Sigmoid", {2, 5}), 10, 10, 4);
  expect_work(import_node("Tanh", {2, 5}), 10, 10, 4);
  expect_work(import_node("Softmax", {2, 5}), 10, 10, 5);
  expect_work(import_node("LRN", {1, 8, 2, 2}, [](auto& n) { n.integer("size", 5); }), 32, 32, 13);
}

TEST(Cast, changes_the_type_or_does_nothing) {
  const models::Graph graph =
      import_node("Cast", {3}, [](auto& n) { n.integer("to", onnx::TensorProto::FLOAT16); });
  expect_work(graph, 3, 3, 1);
  EXPECT_EQ(graph.tensor(graph.outputs()[0]).type, models::ElementType::kFloat16);
  ModelBuilder same;
  same.input("x", {3}).output("y");
  same.node("Cast", {"x"}, {"h"}).integer("to", onnx::TensorProto::FLOAT);
  same.node("Relu", {"h"}, {"y"}, "relu");
  EXPECT_THAT(layer_names(same.import()), ElementsAre("relu"));
}

TEST(Pooling, counts_positions_of_the_window) {
  const auto window = [](NodeBuilder& node) {
    node.integers("kernel_shape", {3, 3})
        .integers("strides", {2, 2})
        .integers("pads", {1, 1, 1, 1});
  };
  for (const char* op : {"MaxPool", "AveragePool"}) {
    const models::Graph graph = import_node(op, {1, 64, 112, 112}, window);
    EXPECT_THAT(output_shape(graph), ElementsAre(1, 64, 56, 56));
    expect_work(graph, 64L * 112 * 112, 64L * 56 * 56, 9);
  }
  const models::Graph global = import_node("GlobalAveragePool", {2, 5, 7, 6});
  EXPECT_THAT(output_shape(global), ElementsAre(2, 5, 1, 1));
  expect_work(global, 420, 10, 42);
}

TEST(Pooling, rounds_up_in_ceil_mode_but_starts_no_window_in_the_padding) {
  const auto outputs = [](std::int64_t size, std::int64_t kernel, std::int64_t stride,
                          std::int64_t pad, bool ceil) {
    const models::Graph graph = import_node("MaxPool", {1, 1, size}, [&](NodeBuilder& node) {
      node.integers("kernel_shape", {kernel}).integers("strides", {stride});
      node.integers("pads", {pad, pad}).integer("ceil_mode", ceil ? 1 : 0);
    });
    return output_shape(graph)[2];
  };
  EXPECT_EQ(outputs(6, 3, 2, 0, false), 2);
  EXPECT_EQ(outputs(6, 3, 2, 0, true), 3);  // the third window hangs over the end by one
  EXPECT_EQ(outputs(7, 3, 2, 0, true), 3);  // fits exactly
  EXPECT_EQ(outputs(4, 1, 3, 1, true), 2);  // a third would start at 6 - 1 = 5, past the input
}

TEST(Pooling, dilates) {
  const models::Graph graph = import_node("MaxPool", {1, 1, 10}, [](NodeBuilder& node) {
    node.integers("kernel_shape", {3}).integers("dilations", {2});
  });
  EXPECT_THAT(output_shape(graph), ElementsAre(1, 1, 6));  // 10 - 5 + 1
  expect_work(graph, 10, 6, 3);
}

TEST(ArgMax, compares_what_it_reduces) {
  const models::Graph kept =
      import_node("ArgMax", {4, 29}, [](auto& node) { node.integer("axis", -1); });
  EXPECT_THAT(output_shape(kept), ElementsAre(4, 1));
  expect_work(kept, 116, 4, 29);
  EXPECT_EQ(kept.tensor(kept.outputs()[0]).type, models::ElementType::kInt64);
  const models::Graph dropped = import_node(
      "ArgMax", {4, 29}, [](auto& node) { node.integer("axis", 0).integer("keepdims", 0); });
  EXPECT_THAT(output_shape(dropped), ElementsAre(29));
}

TEST(Elementwise, broadcasts) {
  ModelBuilder model;
  model.input("a", {2, 3, 4}).input("b", {3, 1}).input("c", {4}).output("y");
  model.node("Sum", {"a", "b", "c"}, {"y"}, "node");
  const models::Graph graph = model.import();
  EXPECT_THAT(output_shape(graph), ElementsAre(2, 3, 4));
  expect_work(graph, 24 + 3 + 4, 24, 2);
}

TEST(Elementwise, refuses_shapes_that_do_not_broadcast) {
  ModelBuilder model;
  model.input("a", {2, 3}).input("b", {2}).output("y");
  model.node("Mul", {"a", "b"}, {"y"}, "node");
  EXPECT_EQ(model.import_error(), "node 'node' (Mul): shapes 2x3 and 2 do not broadcast");
}

TEST(Elementwise, before_operator_set_7_says_what_it_broadcasts) {
  const auto error = [](const std::string& op, const std::vector<std::vector<std::int64_t>>& shapes,
                        bool broadcast) {
    ModelBuilder model(6);
    model.output("y");
    std::vector<std::string> names;
    for (const auto& shape : shapes) {
      names.push_back("x" + std::to_string(names.size()));
      model.input(names.back(), shape);
    }
    NodeBuilder node = model.node(op, names, {"y"}, "node");
    if (broadcast) node.integer("broadcast", 1);
    return model.import_error();
  };
  EXPECT_EQ(error("Add", {{2, 3}, {3}}, true), "no error");
  EXPECT_EQ(error("Add", {{2, 3}, {2, 3}}, false), "no error");
  EXPECT_THAT(error("Add", {{2, 3}, {3}}, false), HasSubstr("shape 3 does not broadcast to 2x3"));
  EXPECT_THAT(error("Add", {{3}, {2, 3}}, true), HasSubstr("shape 2x3 does not broadcast to 3"));
  EXPECT_THAT(error("Max", {{3}, {3}, {2, 3}}, false), HasSubstr("shapes 3 and 2x3 differ"));
}

TEST(Elementwise, needs_two_inputs_of_one_type) {
  ModelBuilder model;
  model.input("a", {3}).input("b", {3}, onnx::TensorProto::INT64).output("y");
  model.node("Mul", {"a", "b"}, {"y"}, "node");
  EXPECT_EQ(model.import_error(), "node 'node' (Mul): its inputs have types float32 and int64");
}

TEST(Elementwise, constants_of_one_element_are_no_parameters) {
  ModelBuilder model;
  model.input("x", {4, 3}).output("y").weights("scale", {}).weights("shift", {3});
  model.node("Mul", {"x", "scale"}, {"h"}, "scaled");
  model.node("Softmax", {"h"}, {"s"});
  model.node("Add", {"s", "shift"}, {"y"}, "shifted");
  const models::Graph graph = model.import();
  EXPECT_EQ(graph.parameter_elements(), 3);
  EXPECT_TRUE(layer_named(graph, "scaled").parameters.empty());
}

TEST(Elementwise, compares_to_bool) {
  ModelBuilder model;
  model.input("a", {1}, onnx::TensorProto::INT64).output("y").integers("b", {1}, {28});
  model.node("Equal", {"a", "b"}, {"y"}, "node");
  const models::Graph graph = model.import();
  expect_work(graph, 1, 1, 1);
  EXPECT_EQ(graph.tensor(graph.outputs()[0]).type, models::ElementType::kBool);
}

TEST(BatchNorm, alone_has_two_parameters_a_channel) {
  ModelBuilder model;
  model.input("x", {1, 8, 4, 4}).output("y");
  for (const char* name : {"scale", "shift", "mean", "variance"}) model.weights(name, {8});
  model.node("BatchNormalization", {"x", "scale", "shift", "mean", "variance"}, {"y"}, "node");
  const models::Graph graph = model.import();
  expect_work(graph, 128, 128, 2);
  EXPECT_EQ(graph.parameter_elements(), 16);
}

TEST(BatchNorm, in_training_is_refused) {
  ModelBuilder model(15);
  model.input("x", {1, 8, 4, 4}).output("y");
  for (const char* name : {"scale", "shift", "mean", "variance"}) model.weights(name, {8});
  model.node("BatchNormalization", {"x", "scale", "shift", "mean", "variance"}, {"y"}, "node")
      .integer("training_mode", 1);
  EXPECT_THAT(model.import_error(), HasSubstr("node: BatchNormalization: training mode"));
}

}  // namespace
}  // namespace mensa::onnx_import
