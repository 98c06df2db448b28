#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/onnx_import/model_builder.h"

namespace mensa::onnx_import {
namespace {

using models::Layer;
using testing::ElementsAre;
using testing::HasSubstr;

/// Outputs along the only spatial axis.
std::int64_t outputs(std::int64_t opset, const std::string& op, std::int64_t size,
                     const std::map<std::string, std::int64_t>& attributes) {
  ModelBuilder model(opset);
  model.input("x", {1, 1, size}).output("y");
  NodeBuilder node = model.node(op, {"x"}, {"y"}, "node");
  for (const auto& [name, value] : attributes) {
    if (name == "ceil_mode") {
      node.integer(name, value);
    } else if (name == "pads") {
      node.integers(name, {value, value});
    } else {
      node.integers(name, {value});
    }
  }
  return output_shape(model.import())[2];
}

TEST(WindowPooling, of_operator_set_19_dilates_averages) {
  // A kernel of 3 with dilation 2 spans 5: 10 - 5 + 1. libonnx 1.12 says 8.
  EXPECT_EQ(outputs(19, "AveragePool", 10, {{"kernel_shape", 3}, {"dilations", 2}}), 6);
}

TEST(WindowPooling, in_ceil_mode_starts_no_window_behind_the_input) {
  for (const char* op : {"AveragePool", "MaxPool", "LpPool"}) {
    // Span 3, room 5 + 2 - 3 = 4: ceil(4 / 3) + 1 = 3 windows, the third from 6 on, which is the
    // last element of the padding.
    EXPECT_EQ(
        outputs(19, op, 5, {{"kernel_shape", 3}, {"strides", 3}, {"pads", 1}, {"ceil_mode", 1}}), 2)
        << op;
    // One element more and it starts in the input.
    EXPECT_EQ(
        outputs(19, op, 6, {{"kernel_shape", 3}, {"strides", 3}, {"pads", 1}, {"ceil_mode", 1}}), 3)
        << op;
  }
}

TEST(WindowPooling, keeps_places_of_maxima_for_another_operation) {
  ModelBuilder model;
  model.input("x", {1, 1, 4, 4}).output("y").output("places");
  model.node("MaxPool", {"x"}, {"y", "places"}, "pool")
      .integers("kernel_shape", {2, 2})
      .integers("strides", {2, 2});
  const models::Graph graph = model.import();
  const Layer& pool = layer_named(graph, "pool");
  EXPECT_EQ(vector_work(pool).operations_per_element, 2 * 4);
  EXPECT_EQ(graph.tensor(pool.outputs.at(1)).type, models::ElementType::kInt64);
  EXPECT_THAT(graph.tensor(pool.outputs[1]).shape, ElementsAre(1, 1, 2, 2));
}

TEST(WindowPooling, may_leave_only_the_places_of_maxima) {
  ModelBuilder model;
  model.input("x", {1, 2, 4, 4}).output("places");
  model.node("MaxPool", {"x"}, {"", "places"}, "node")
      .integers("kernel_shape", {2, 2})
      .integers("strides", {2, 2});
  EXPECT_THAT(output_shape(model.import()), ElementsAre(1, 2, 2, 2));
}

TEST(WindowPooling, of_powers_squares_sums_and_takes_a_root) {
  ModelBuilder model;
  model.input("x", {1, 2, 6}).output("y").output("g");
  model.node("LpPool", {"x"}, {"y"}, "window").integers("kernel_shape", {3});
  model.node("GlobalLpPool", {"x"}, {"g"}, "all").integer("p", 3);
  const models::Graph graph = model.import();
  EXPECT_EQ(vector_work(layer_named(graph, "window")).operations_per_element, 3 * 2 + 4);
  EXPECT_EQ(vector_work(layer_named(graph, "all")).operations_per_element, 6 * 5 + 4);
}

TEST(MaxUnpool, undoes_a_window) {
  ModelBuilder model;
  model.input("x", {1, 1, 2, 2}).input("i", {1, 1, 2, 2}, onnx::TensorProto::INT64).output("y");
  model.node("MaxUnpool", {"x", "i"}, {"y"}, "node")
      .integers("kernel_shape", {2, 3})
      .integers("strides", {2, 2})
      .integers("pads", {0, 1, 0, 0});
  const models::Graph graph = model.import();
  EXPECT_THAT(output_shape(graph), ElementsAre(1, 1, 4, 4));  // 2 + 2, 2 + 3 - 1
  EXPECT_EQ(moved(layer_named(graph, "node")), 16);
}

TEST(MaxRoiPool, compares_at_most_the_whole_image) {
  ModelBuilder model;
  model.input("x", {1, 3, 8, 9}).input("rois", {5, 5}).output("y");
  model.node("MaxRoiPool", {"x", "rois"}, {"y"}, "node").integers("pooled_shape", {2, 2});
  const models::Graph graph = model.import();
  EXPECT_THAT(output_shape(graph), ElementsAre(5, 3, 2, 2));
  EXPECT_EQ(vector_work(layer_named(graph, "node")).operations_per_element, 4 * 5);
}

TEST(Pooling, refuses_attributes_that_make_nothing) {
  ModelBuilder model;
  model.input("x", {1, 1, 2}).input("i", {1, 1, 2}, onnx::TensorProto::INT64).output("y");
  model.node("MaxUnpool", {"x", "i"}, {"y"}, "node")
      .integers("kernel_shape", {1})
      .integers("pads", {1, 1});
  EXPECT_THAT(model.import_error(), HasSubstr("its pads leave nothing of a spatial axis"));
}

}  // namespace
}  // namespace mensa::onnx_import
