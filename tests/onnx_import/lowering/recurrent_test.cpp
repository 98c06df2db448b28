#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/onnx_import/model_builder.h"

namespace mensa::onnx_import {
namespace {

using models::Layer;
using testing::ElementsAre;
using testing::HasSubstr;

/// A GRU or RNN node "node" of x with biases b.
struct Recurrent : testing::Test {
  static constexpr std::int64_t kSteps = 7;
  static constexpr std::int64_t kBatch = 2;
  static constexpr std::int64_t kInputs = 6;
  static constexpr std::int64_t kHidden = 5;

  NodeBuilder build(const std::string& op, std::int64_t gates, std::int64_t directions = 1) {
    model.input("x", {kSteps, kBatch, kInputs}).output("y");
    model.weights("w", {directions, gates * kHidden, kInputs});
    model.weights("r", {directions, gates * kHidden, kHidden});
    model.weights("b", {directions, 2 * gates * kHidden});
    NodeBuilder node = model.node(op, {"x", "w", "r", "b"}, {"y"}, "node");
    node.integer("hidden_size", kHidden);
    return node;
  }
  void import() { graph.emplace(model.import()); }
  [[nodiscard]] const Layer& layer(const std::string& name) const {
    return layer_named(*graph, name);
  }

  ModelBuilder model;
  std::optional<models::Graph> graph;
};

TEST_F(Recurrent, rnn_is_two_products_and_a_function) {
  build("RNN", 1);
  import();
  EXPECT_THAT(layer_names(*graph),
              ElementsAre("node/input_product", "node/hidden_product", "node/gates"));
  EXPECT_EQ(graph->macs(), kSteps * kBatch * kHidden * (kInputs + kHidden));
  EXPECT_EQ(mac_shape(layer("node/input_product")).to_string(), "K=5 C=6 P=2");
  EXPECT_TRUE(layer("node/input_product").time_batchable);
  EXPECT_FALSE(layer("node/hidden_product").time_batchable);
  EXPECT_EQ(vector_work(layer("node/gates")).operations_per_element, 1 + 4 + 2);
  EXPECT_THAT(output_shape(*graph), ElementsAre(kSteps, 1, kBatch, kHidden));
}

TEST_F(Recurrent, other_activations_cost_what_they_cost) {
  build("RNN", 1).strings("activations", {"Relu"});
  import();
  EXPECT_EQ(vector_work(layer("node/gates")).operations_per_element, 1 + 1 + 2);
  ModelBuilder unknown;
  unknown.input("x", {kSteps, kBatch, kInputs}).output("y").weights("w", {1, kHidden, kInputs});
  unknown.weights("r", {1, kHidden, kHidden});
  unknown.node("RNN", {"x", "w", "r"}, {"y"}, "node").strings("activations", {"Swoosh"});
  EXPECT_THAT(unknown.import_error(), HasSubstr("node: RNN: its activation 'Swoosh'"));
}

TEST_F(Recurrent, gru_with_reset_after_the_product_has_one_hidden_product) {
  build("GRU", 3).integer("linear_before_reset", 1);
  import();
  EXPECT_THAT(layer_names(*graph),
              ElementsAre("node/input_product", "node/hidden_product", "node/gates"));
  EXPECT_EQ(graph->macs(), kSteps * kBatch * 3 * kHidden * (kInputs + kHidden));
  // z and r: 2 sums, 2 tables, r h, 4 biases; candidate: sum, table, 4 for h', 2 biases.
  EXPECT_EQ(vector_work(layer("node/gates")).operations_per_element, (2 + 8 + 1 + 4) + (1 + 4 + 6));
}

TEST_F(Recurrent, gru_with_reset_before_the_product_waits_for_it) {
  build("GRU", 3);
  import();
  EXPECT_THAT(layer_names(*graph),
              ElementsAre("node/input_product", "node/hidden_product", "node/reset",
                          "node/candidate_product", "node/gates"));
  EXPECT_EQ(graph->macs(), kSteps * kBatch * 3 * kHidden * (kInputs + kHidden));
  EXPECT_EQ(mac_shape(layer("node/hidden_product")).bound(models::Dim::K), 2 * kHidden);
  EXPECT_EQ(mac_shape(layer("node/candidate_product")).bound(models::Dim::K), kHidden);
  // Weights and biases are shared out, none is counted twice.
  EXPECT_EQ(graph->parameter_elements(), 3 * kHidden * (kInputs + kHidden + 2));
  EXPECT_EQ(layer("node/candidate_product").inputs[0], layer("node/reset").outputs[1]);
  EXPECT_EQ(vector_work(layer("node/reset")).operations_per_element, 2 + 8 + 1 + 4);
  EXPECT_EQ(vector_work(layer("node/gates")).operations_per_element, 1 + 4 + 6);
}

TEST_F(Recurrent, gru_hands_its_state_on) {
  build("GRU", 3);
  import();
  const models::Tensor& state = graph->tensor(layer("node/hidden_product").inputs[0]);
  ASSERT_TRUE(state.recurrent_state);
  EXPECT_EQ(state.recurrent_state->next, graph->outputs()[0]);
  EXPECT_EQ(graph->recurrences().at(0).steps, kSteps);
}

TEST_F(Recurrent, both_directions_have_weights_of_their_own) {
  build("GRU", 3, 2).string("direction", "bidirectional");
  import();
  EXPECT_EQ(graph->recurrences().size(), 2U);
  EXPECT_EQ(graph->macs(), 2 * kSteps * kBatch * 3 * kHidden * (kInputs + kHidden));
  EXPECT_EQ(graph->parameter_elements(), 2 * 3 * kHidden * (kInputs + kHidden + 2));
  EXPECT_THAT(names_of(*graph, layer("node/reverse/candidate_product").parameters),
              ElementsAre("r/reverse/candidate"));
}

TEST_F(Recurrent, refuses_weights_of_another_number_of_gates) {
  build("GRU", 2);
  EXPECT_EQ(model.import_error(),
            "node 'node' (GRU): hidden_size is 5, but its R has shape 1x10x5");
}

TEST_F(Recurrent, refuses_too_few_activations) {
  build("GRU", 3).strings("activations", {"Sigmoid"});
  EXPECT_EQ(model.import_error(), "node 'node' (GRU): names 1 activations; each direction needs 2");
}

}  // namespace
}  // namespace mensa::onnx_import
