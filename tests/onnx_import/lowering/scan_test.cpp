#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/onnx_import/model_builder.h"

namespace mensa::onnx_import {
namespace {

using models::Layer;
using testing::ElementsAre;
using testing::HasSubstr;

/// A Scan "scan" of the body that a test builds.
struct Scan : testing::Test {
  Scan() : inner(body) {}
  NodeBuilder end_body(const std::vector<std::string>& inputs,
                       const std::vector<std::string>& outputs, std::int64_t sequences) {
    NodeBuilder node = model.node("Scan", inputs, outputs, "scan");
    node.graph("body", body).integer("num_scan_inputs", sequences);
    return node;
  }
  void import() { graph.emplace(model.import()); }
  [[nodiscard]] const Layer& layer(const std::string& name) const {
    return layer_named(*graph, name);
  }

  ModelBuilder model;
  onnx::GraphProto body;
  GraphBuilder inner;
  std::optional<models::Graph> graph;
};

/// h' = x w + h, and a Sigmoid of each h', over 6 steps of x [1, 3].
struct ScannedSum : Scan {
  void build() {
    inner.input("h", {}).input("part", {}).output("h_next").output("seen");
    inner.node("MatMul", {"part", "w"}, {"p"}, "project");
    inner.node("Add", {"p", "h"}, {"h_next"}, "accumulate");
    inner.node("Sigmoid", {"h_next"}, {"seen"}, "look");
    model.weights("w", {3, 4}).output("last").output("all").input("h0", {1, 4});
  }
};

TEST_F(ScannedSum, is_a_recurrence_over_its_sequence) {
  build();
  model.input("x", {6, 1, 3});
  end_body({"h0", "x"}, {"last", "all"}, 1);
  import();
  ASSERT_EQ(graph->recurrences().size(), 1U);
  EXPECT_EQ(graph->recurrences()[0].steps, 6);
  EXPECT_EQ(graph->macs(), 6 * 3 * 4);
  // Nothing of an earlier step: all at once, read where it stands.
  const Layer& project = layer("project");
  EXPECT_TRUE(project.time_batchable);
  EXPECT_THAT(names_of(*graph, project.inputs), ElementsAre("x"));
  EXPECT_EQ(graph->elements_per_step(project, project.inputs[0]), 3);
  EXPECT_FALSE(layer("accumulate").time_batchable);
  EXPECT_THAT(graph->tensor(graph->outputs()[0]).shape, ElementsAre(1, 4));
  EXPECT_THAT(graph->tensor(graph->outputs()[1]).shape, ElementsAre(6, 1, 4));
}

TEST_F(ScannedSum, over_another_axis_copies_each_steps_part) {
  build();
  model.input("x", {1, 3, 6});
  end_body({"h0", "x"}, {"last", "all"}, 1)
      .integers("scan_input_axes", {-1})
      .integers("scan_output_axes", {2})
      .integers("scan_input_directions", {1})
      .integers("scan_output_directions", {1});
  import();
  const Layer& slice = layer("scan/slice_of_part");
  EXPECT_EQ(moved(slice), 3);
  EXPECT_TRUE(slice.time_batchable);
  EXPECT_EQ(layer("project").inputs, slice.outputs);
  EXPECT_EQ(graph->elements_per_step(layer("project"), slice.outputs[0]), 3);
  EXPECT_THAT(graph->tensor(graph->outputs()[1]).shape, ElementsAre(1, 4, 6));
  EXPECT_EQ(graph->macs(), 6 * 3 * 4);
}

TEST_F(Scan, a_sequence_read_beside_another_operand_is_copied_step_by_step) {
  inner.input("h", {}).input("part", {}).output("h_next");
  inner.node("Add", {"part", "h"}, {"h_next"}, "accumulate");
  model.input("x", {6, 4}).input("h0", {4}).output("last");
  end_body({"h0", "x"}, {"last"}, 1);
  import();
  // Else the sum's 8 elements would all be taken for the sequence's.
  EXPECT_EQ(moved(layer("scan/slice_of_part")), 4);
  EXPECT_EQ(graph->elements_per_step(layer("accumulate"), layer("accumulate").inputs[0]), 4);
}

TEST_F(Scan, has_several_sequences_and_results) {
  inner.input("a", {}).input("b", {}).output("sum").output("product");
  inner.node("Add", {"a", "b"}, {"sum"}, "add");
  inner.node("Mul", {"a", "b"}, {"product"}, "mul");
  model.input("x", {5, 4}).input("z", {4, 5}).output("sums").output("products");
  end_body({"x", "z"}, {"sums", "products"}, 2)
      .integers("scan_input_axes", {0, 1})
      .integers("scan_output_axes", {0, 0});
  import();
  EXPECT_TRUE(layer("add").time_batchable);
  EXPECT_EQ(graph->outputs().size(), 2U);
  EXPECT_THAT(output_shape(*graph), ElementsAre(5, 4));
}

TEST_F(ScannedSum, may_leave_results_out) {
  build();
  model.input("x", {6, 1, 3}).proto().mutable_output()->RemoveLast();
  end_body({"h0", "x"}, {"last", ""}, 1);
  import();
  EXPECT_EQ(graph->macs(), 6 * 3 * 4);
  EXPECT_THAT(output_shape(*graph), ElementsAre(1, 4));
}

TEST_F(Scan, refuses_sequences_of_different_length) {
  inner.input("a", {}).input("b", {}).output("sum");
  inner.node("Add", {"a", "b"}, {"sum"}, "add");
  model.input("x", {5, 4}).input("z", {6, 4}).output("sums");
  end_body({"x", "z"}, {"sums"}, 2);
  EXPECT_EQ(model.import_error(), "node 'scan' (Scan): its sequences have 5 and 6 steps");
}

TEST_F(Scan, checks_its_attributes) {
  inner.input("a", {}).output("b");
  inner.node("Tanh", {"a"}, {"b"}, "tanh");
  model.input("x", {5, 4}).output("y");
  end_body({"x"}, {"y"}, 2);
  EXPECT_EQ(model.import_error(),
            "node 'scan' (Scan): num_scan_inputs is 2, but it has 1 input(s)");
  model.proto().mutable_node(0)->clear_attribute();
  NodeBuilder(*model.proto().mutable_node(0))
      .graph("body", body)
      .integer("num_scan_inputs", 1)
      .integers("scan_input_axes", {2});
  EXPECT_EQ(model.import_error(),
            "node 'scan' (Scan): scan_input_axes has 2, but there are 2 axes");
}

}  // namespace
}  // namespace mensa::onnx_import
