#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/onnx_import/model_builder.h"

namespace mensa::onnx_import {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(TopK, compares_every_element_with_a_heap) {
  ModelBuilder model;
  model.input("x", {2, 100}).output("values").output("places").integers("k", {1}, {5});
  model.node("TopK", {"x", "k"}, {"values", "places"}, "node");
  const models::Graph graph = model.import();
  EXPECT_THAT(graph.tensor(graph.outputs()[0]).shape, ElementsAre(2, 5));
  EXPECT_EQ(graph.tensor(graph.outputs()[1]).type, models::ElementType::kInt64);
  // A heap of 5 is 3 deep: 200 x (1 + 3) operations for 20 results.
  EXPECT_EQ(vector_work(layer_named(graph, "node")).elements_out, 20);
  EXPECT_EQ(vector_work(layer_named(graph, "node")).operations_per_element, 40);
  EXPECT_EQ(graph.parameter_elements(), 0);
}

TEST(TopK, takes_no_more_than_there_is) {
  ModelBuilder model;
  model.input("x", {2, 4}).output("values").integers("k", {1}, {5});
  model.node("TopK", {"x", "k"}, {"values", "places"}, "node");
  EXPECT_EQ(model.import_error(), "node 'node' (TopK): takes 5 of an axis of 4");
}

TEST(NonMaxSuppression, leaves_at_most_what_it_is_told) {
  const auto rows = [](std::int64_t asked) {
    ModelBuilder model;
    model.input("boxes", {2, 50, 4}).input("scores", {2, 3, 50}).output("picked");
    model.integers("most", {1}, {asked});
    model.node("NonMaxSuppression", {"boxes", "scores", "most"}, {"picked"}, "node");
    const models::Graph graph = model.import();
    EXPECT_THAT(graph.notes(), Contains(HasSubstr("how many boxes it leaves depends on the data")));
    return output_shape(graph);
  };
  EXPECT_THAT(rows(10), ElementsAre(2 * 3 * 10, 3));
  EXPECT_THAT(rows(1000), ElementsAre(2 * 3 * 50, 3));
}

TEST(Compress, is_taken_with_a_known_condition) {
  ModelBuilder model;
  model.input("x", {3, 4}).output("y");
  model.integers("condition", {3}, {1, 0, 1}, onnx::TensorProto::BOOL);
  model.node("Compress", {"x", "condition"}, {"y"}, "node").integer("axis", 1);
  const models::Graph graph = model.import();
  EXPECT_THAT(output_shape(graph), ElementsAre(3, 2));
  EXPECT_EQ(moved(layer_named(graph, "node")), 6);
}

TEST(DataDependentShapes, are_the_most_that_there_can_be) {
  for (const char* op : {"NonZero", "Unique"}) {
    ModelBuilder model;
    model.input("x", {3, 4}).output("y");
    model.node(op, {"x"}, {"y"}, "node");
    const models::Graph graph = model.import();
    EXPECT_EQ(output_shape(graph).back(), 12) << op;
    const models::Layer& layer = layer_named(graph, "node");
    EXPECT_TRUE(layer.host_only);
    EXPECT_THAT(layer.approximation, HasSubstr("depends on the data; 12 is the most"));
  }
}

TEST(Compress, by_a_computed_condition_keeps_all_that_the_condition_covers) {
  ModelBuilder model;
  model.input("x", {3, 4}).input("condition", {2}, onnx::TensorProto::BOOL).output("y");
  model.node("Compress", {"x", "condition"}, {"y"}, "node").integer("axis", 1);
  const models::Graph graph = model.import();
  EXPECT_THAT(output_shape(graph), ElementsAre(3, 2));
  EXPECT_THAT(layer_named(graph, "node").approximation, HasSubstr("2 is the most"));
}

TEST(RandomNumbers, are_made_at_run_time_and_not_folded) {
  ModelBuilder model;
  model.input("x", {2, 3}).output("y");
  model.node("RandomNormal", {}, {"noise"}, "noise").integers("shape", {2, 3});
  model.node("Add", {"x", "noise"}, {"y"}, "sum");
  const models::Graph graph = model.import();
  EXPECT_THAT(layer_names(graph), testing::UnorderedElementsAre("noise", "sum"));
  EXPECT_EQ(vector_work(layer_named(graph, "noise")).elements_in, 0);
}

TEST(Indexing, refuses_what_does_not_fit) {
  const auto error = [](const char* op, const std::vector<std::int64_t>& indices,
                        const std::vector<std::int64_t>& updates) {
    ModelBuilder model;
    model.input("x", {3, 4}).input("i", indices, onnx::TensorProto::INT64).input("u", updates);
    model.output("y");
    model.node(op, {"x", "i", "u"}, {"y"}, "node");
    return model.import_error();
  };
  EXPECT_THAT(error("ScatterND", {5, 2}, {5}), "no error");
  EXPECT_THAT(error("ScatterND", {5, 1}, {5, 4}), "no error");
  EXPECT_THAT(error("ScatterND", {5, 1}, {5}), HasSubstr("its updates are float32 5"));
  EXPECT_THAT(error("ScatterND", {5, 3}, {5}), HasSubstr("index tuples of shape 5x3 do not fit"));
  EXPECT_THAT(error("ScatterElements", {2, 4}, {2, 4}), "no error");
  EXPECT_THAT(error("ScatterElements", {2, 5}, {2, 5}), HasSubstr("indices of shape 2x5 do not"));
}

}  // namespace
}  // namespace mensa::onnx_import
